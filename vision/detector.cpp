#include "vision/detector.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {

namespace {

/// Boxes nearer to an inner tile border than this, in input pixels, are taken as cut by it.
constexpr float border_px = 2;
/// A face within another's box to this share is the same face, seen at another scale.
constexpr float max_containment = 0.7F;
/// Candidates below this many times the network's smallest side are looked at more closely …
constexpr float hint_sides = 2;
/// … unless they score this much and are larger than that side: a closer look would tell nothing new.
constexpr float sure_score = 0.9F;
/// From afar the network sees faces in dogs and crockery: only what scores this much counts.
constexpr float afar_score = 0.9F;
/// What surrounds a picture that does not fill its tile; near the network's zero.
const cv::Scalar padding{127, 127, 127};

} // namespace

/// One run of the network: a tile of a level, or the whole picture far away.
struct detector::view {
  const cv::Mat& level; ///< the picture at this scale
  float scale = 1;      ///< level pixels per picture pixel
  tile at;
};

detector::detector(detector_spec spec, std::unique_ptr<network> runs, float min_score, float min_face_px)
    : spec_(std::move(spec)),
      network_(std::move(runs)),
      min_score_(min_score),
      goal_{spec_.network.input.width_px, spec_.network.input.height_px, spec_.min_side_px, min_face_px},
      canvas_(goal_.tile_height_px, goal_.tile_width_px, CV_8UC3) {}

core::result<std::vector<detection>> detector::detect(halvings& picture) {
  found_.clear();
  hints_.clear();
  for (const auto& level : plan_levels(picture.picture().cols, picture.picture().rows, goal_)) {
    if (!level.is_mandatory && hints_.empty())
      break;
    next_hints_.clear();
    ROLLCALL_CHECK(look_at_level(picture, level));
    std::swap(hints_, next_hints_);
  }
  if (found_.empty())
    ROLLCALL_CHECK(look_from_afar(picture));
  return suppress(found_, spec_.max_overlap, max_containment);
}

core::status detector::look_at_level(halvings& picture, const pyramid_level& level) {
  const float scale = show_level(picture, level.scale);
  for (const auto& at : plan_tiles(level_picture_.cols, level_picture_.rows, goal_)) {
    const view now{level_picture_, scale, at};
    if (level.is_mandatory || has_hint(now))
      ROLLCALL_CHECK(look(now));
  }
  return core::nothing{};
}

/// Faces that fill the picture are larger than the network knows; at half the size, framed in grey, it sees them.
core::status detector::look_from_afar(halvings& picture) {
  const float scale =
      show_level(picture, plan_levels(picture.picture().cols, picture.picture().rows, goal_).front().scale / 2);
  tile centred;
  centred.left = (level_picture_.cols - goal_.tile_width_px) / 2;
  centred.top = (level_picture_.rows - goal_.tile_height_px) / 2;
  ROLLCALL_CHECK(look({level_picture_, scale, centred}));
  std::erase_if(found_, [](const detection& each) { return each.score < afar_score; });
  return core::nothing{};
}

/// Makes the level's picture; returns its scale as it came out in whole pixels, the same for both axes.
float detector::show_level(halvings& picture, float scale) {
  const int times = picture.times_for(1 / scale);
  const auto& source = picture.at(times);
  const float rest = std::ldexp(scale, times);
  const cv::Size size{std::max(1, static_cast<int>(std::lround(static_cast<float>(source.cols) * rest))),
                      std::max(1, static_cast<int>(std::lround(static_cast<float>(source.rows) * rest)))};
  cv::resize(source, level_picture_, size, 0, 0, cv::INTER_LINEAR);
  return std::ldexp(static_cast<float>(size.width) / static_cast<float>(source.cols), -times);
}

core::status detector::look(const view& at) {
  show(at);
  filler_.fill(canvas_, spec_.network.input, network_->input());
  ROLLCALL_CHECK(network_->run());
  collect(at);
  return core::nothing{};
}

/// Puts the part of the level that lies under the tile on the canvas.
void detector::show(const view& at) {
  const cv::Rect under{at.at.left, at.at.top, goal_.tile_width_px, goal_.tile_height_px};
  const cv::Rect seen = under & cv::Rect{0, 0, at.level.cols, at.level.rows};
  if (seen != under)
    canvas_.setTo(padding);
  at.level(seen).copyTo(canvas_(seen - under.tl()));
}

bool detector::has_hint(const view& at) const {
  return std::any_of(hints_.begin(), hints_.end(), [&](const point& hint) {
    const float x = hint.x * at.scale - static_cast<float>(at.at.left);
    const float y = hint.y * at.scale - static_cast<float>(at.at.top);
    return x >= 0 && y >= 0 && x < static_cast<float>(goal_.tile_width_px)
           && y < static_cast<float>(goal_.tile_height_px);
  });
}

void detector::collect(const view& at) {
  const auto boxes = network_->output(0);
  const auto scores = network_->output(1);
  const auto width = static_cast<float>(goal_.tile_width_px);
  const auto height = static_cast<float>(goal_.tile_height_px);
  const float floor = std::min(min_score_, spec_.hint_score);
  for (std::size_t i = 0; i < scores.size() / 2; ++i) {
    const float score = scores[2 * i + 1];
    if (!(score >= floor))
      continue;
    const float left = boxes[4 * i] * width;
    const float top = boxes[4 * i + 1] * height;
    const float right = boxes[4 * i + 2] * width;
    const float bottom = boxes[4 * i + 3] * height;
    const bool is_cut =
        (at.at.has_left_neighbour && left < border_px) || (at.at.has_right_neighbour && right > width - border_px)
        || (at.at.has_upper_neighbour && top < border_px) || (at.at.has_lower_neighbour && bottom > height - border_px);
    if (is_cut || !(right > left) || !(bottom > top))
      continue;
    const pixel_box box{(left + static_cast<float>(at.at.left)) / at.scale,
                        (top + static_cast<float>(at.at.top)) / at.scale, (right - left) / at.scale,
                        (bottom - top) / at.scale};
    const point centre{box.left + box.width / 2, box.top + box.height / 2};
    const float side = std::max(right - left, bottom - top);
    const bool is_sure = score >= sure_score && side >= spec_.min_side_px;
    if (score >= spec_.hint_score && side < hint_sides * spec_.min_side_px && !is_sure)
      next_hints_.push_back(centre);
    const bool is_inside = centre.x >= 0 && centre.y >= 0 && centre.x < static_cast<float>(at.level.cols) / at.scale
                           && centre.y < static_cast<float>(at.level.rows) / at.scale;
    if (score >= min_score_ && is_inside)
      found_.push_back({box, score});
  }
}

} // namespace rollcall::vision
