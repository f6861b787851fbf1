#include "bench/cameras/moving_faces.hpp"

#include "bench/face_set.hpp"
#include "vision/cv_image.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <random>

namespace rollcall::bench {

namespace {

const cv::Size picture_size{1280, 720};

/// A head cut out of a portrait: an oval with soft edges. Lengths in shares of the cutting's side.
struct cutting {
  cv::Mat picture;       ///< square, CV_8UC3
  cv::Mat mask;          ///< CV_32FC1, 0–1
  vision::pixel_box box; ///< of the face, shares of the side
};

/// Swings about a place; two of them make a walk that bends.
struct swing {
  double middle, width, hertz, phase;

  [[nodiscard]] double at(double seconds) const {
    return middle + width * std::sin(2 * std::numbers::pi * hertz * seconds + phase);
  }
};

struct person {
  cutting head;
  swing x, y, side;
  double period_s, begin_s; ///< there for two thirds of each period

  [[nodiscard]] bool is_there(double seconds) const {
    return std::fmod(seconds + begin_s, period_s) < period_s * 2 / 3;
  }

  [[nodiscard]] cv::Rect2d where(double seconds) const {
    const double now = side.at(seconds);
    return {x.at(seconds) - now / 2, y.at(seconds) - now / 2, now, now};
  }
};

cv::Mat oval(int side) {
  cv::Mat mask(side, side, CV_32FC1, cv::Scalar{0});
  const cv::Size axes{side * 30 / 100, side * 42 / 100};
  cv::ellipse(mask, {side / 2, side * 48 / 100}, axes, 0, 0, 360, cv::Scalar{1}, cv::FILLED);
  cv::GaussianBlur(mask, mask, {}, side * 0.02);
  return mask;
}

std::optional<cutting> cut(const core::bytes& portrait, vision::face_analyzer& finds) {
  const auto decoded = vision::decode(portrait, {});
  const auto seen = finds.analyze(portrait, {});
  if (!decoded || !seen || seen->faces.size() != 1 || decoded->width_px != decoded->height_px)
    return std::nullopt;
  const auto box = seen->faces.front().box_ratio;
  return cutting{vision::as_mat(*decoded).clone(), oval(decoded->width_px), {box.left, box.top, box.width, box.height}};
}

cv::Mat make_noise(std::mt19937& random) {
  cv::Mat small(9, 16, CV_8UC3);
  cv::RNG numbers{random()};
  numbers.fill(small, cv::RNG::UNIFORM, 20, 200);
  cv::Mat large;
  cv::resize(small, large, picture_size, 0, 0, cv::INTER_CUBIC);
  return large;
}

person make_person(cutting head, std::mt19937& random) {
  const auto any = [&](double low, double high) { return std::uniform_real_distribution{low, high}(random); };
  const double full_turn = 2 * std::numbers::pi;
  const double side = any(180, 380); // a face is some 45 % of it
  return {std::move(head),
          {any(400, 880), any(150, 450), any(0.05, 0.18), any(0, full_turn)},
          {any(280, 440), any(20, 120), any(0.05, 0.2), any(0, full_turn)},
          {side, side * any(0.05, 0.2), any(0.05, 0.2), any(0, full_turn)},
          any(8, 16),
          any(0, 16)};
}

void paste(const cutting& head, const cv::Rect2d& where, cv::Mat& into) {
  const int side = std::max(8, static_cast<int>(std::lround(where.width)));
  const cv::Rect whole{static_cast<int>(std::lround(where.x)), static_cast<int>(std::lround(where.y)), side, side};
  const cv::Rect seen = whole & cv::Rect{{0, 0}, into.size()};
  if (seen.empty())
    return;
  cv::Mat picture;
  cv::Mat mask;
  cv::resize(head.picture, picture, whole.size(), 0, 0, cv::INTER_LINEAR);
  cv::resize(head.mask, mask, whole.size());
  const cv::Rect part{seen.tl() - whole.tl(), seen.size()};
  cv::Mat target = into(seen);
  cv::blendLinear(picture(part), target, mask(part), 1 - mask(part), target);
}

vision::pixel_box face_in(const cutting& head, const cv::Rect2d& where) {
  const auto scaled = [&](float share) { return static_cast<float>(share * where.width); };
  return {static_cast<float>(where.x) + scaled(head.box.left), static_cast<float>(where.y) + scaled(head.box.top),
          scaled(head.box.width), scaled(head.box.height)};
}

/// Whether the head at `where` covers the point.
bool covers(const cv::Rect2d& where, double x, double y) {
  const double across = ((x - where.x) / where.width - 0.5) / 0.30;
  const double down = ((y - where.y) / where.height - 0.48) / 0.42;
  return across * across + down * down < 1;
}

/// The share of the face that lies in the picture and under none of the heads in front.
double visible_share(const vision::pixel_box& face, std::span<const cv::Rect2d> in_front) {
  constexpr int grid = 10;
  int visible = 0;
  for (int i = 0; i < grid * grid; ++i) {
    const double x = face.left + face.width * (i % grid + 0.5) / grid;
    const double y = face.top + face.height * (i / grid + 0.5) / grid;
    const bool is_inside = x >= 0 && y >= 0 && x < picture_size.width && y < picture_size.height;
    if (is_inside
        && std::none_of(in_front.begin(), in_front.end(), [&](const auto& each) { return covers(each, x, y); }))
      ++visible;
  }
  return static_cast<double>(visible) / (grid * grid);
}

} // namespace

struct moving_faces::scene {
  moving_options options;
  cv::Mat background;
  std::vector<person> persons;
  std::size_t shown = 0;
};

moving_faces::moving_faces(std::unique_ptr<scene> of) : scene_(std::move(of)) {}
moving_faces::~moving_faces() = default;

core::result<std::unique_ptr<moving_faces>>
moving_faces::make(const std::filesystem::path& lfw, vision::face_analyzer& finds, const moving_options& options) {
  std::vector<std::filesystem::path> folders;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator{lfw, absent})
    if (entry.is_directory())
      folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  std::mt19937 random{options.seed};
  std::shuffle(folders.begin(), folders.end(), random);
  auto made = std::make_unique<scene>(scene{options, make_noise(random), {}});
  for (const auto& folder : folders) {
    if (made->persons.size() == options.persons)
      break;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
      if (auto head = cut(read_bytes(entry.path()), finds))
        made->persons.push_back(make_person(*std::move(head), random));
      break;
    }
  }
  if (made->persons.size() < options.persons)
    return core::fail(core::error_code::not_found, lfw.string() + " has too few portraits with one face");
  return std::unique_ptr<moving_faces>{new moving_faces{std::move(made)}};
}

std::optional<moving_frame> moving_faces::next() {
  auto& from = *scene_;
  if (from.shown == from.options.frames)
    return std::nullopt;
  const double seconds = static_cast<double>(from.shown++) / from.options.frames_per_s;
  std::vector<std::size_t> there; // the largest is nearest, and painted last
  for (std::size_t i = 0; i < from.persons.size(); ++i)
    if (from.persons[i].is_there(seconds))
      there.push_back(i);
  const auto where = [&](std::size_t index) { return from.persons[index].where(seconds); };
  std::sort(there.begin(), there.end(), [&](auto a, auto b) { return where(a).width < where(b).width; });
  std::vector<cv::Rect2d> heads;
  std::transform(there.begin(), there.end(), std::back_inserter(heads), where);
  moving_frame frame;
  frame.position = std::chrono::milliseconds{std::llround(1000 * seconds)};
  auto picture = from.background.clone();
  for (std::size_t i = 0; i < there.size(); ++i) {
    const auto& head = from.persons[there[i]].head;
    paste(head, heads[i], picture);
    const auto face = face_in(head, heads[i]);
    if (visible_share(face, std::span{heads}.subspan(i + 1)) >= 0.6)
      frame.truth.push_back({there[i], face});
  }
  frame.image = vision::as_image(picture);
  return frame;
}

} // namespace rollcall::bench
