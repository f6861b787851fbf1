#include "tests/support/made_clip.hpp"

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

namespace rollcall::test {

namespace {

// Bricks of two greys, so that a tracker has something to mistake.
cv::Mat make_wall(const clip_shape& shape) {
  cv::Mat wall{shape.height_px, shape.width_px, CV_8UC3, cv::Scalar::all(120)};
  constexpr int brick = 48;
  for (int row = 0; row * brick < shape.height_px; ++row)
    for (int column = row % 2; column * brick < shape.width_px; column += 2)
      cv::rectangle(wall, cv::Rect{column * brick, row * brick, brick, brick / 2}, cv::Scalar::all(100), cv::FILLED);
  return wall;
}

void show(const walker& one, const cv::Mat& photo, double at_s, cv::Mat& frame) {
  if (at_s < one.from_s || at_s >= one.to_s)
    return;
  const auto way = (at_s - one.from_s) / (one.to_s - one.from_s);
  const auto x = (one.from_x + way * (one.to_x - one.from_x)) * frame.cols;
  const cv::Rect place{static_cast<int>(std::lround(x)) - photo.cols / 2,
                       static_cast<int>(std::lround(one.y * frame.rows)) - photo.rows / 2, photo.cols, photo.rows};
  const auto seen = place & cv::Rect{0, 0, frame.cols, frame.rows};
  if (!seen.empty())
    photo(seen - place.tl()).copyTo(frame(seen));
}

} // namespace

core::status write_clip(const std::filesystem::path& file, const std::vector<walker>& walkers,
                        const clip_shape& shape) {
  std::vector<cv::Mat> photos;
  for (const auto& one : walkers) {
    auto photo = cv::imread(one.photo.string());
    if (photo.empty())
      return core::fail(core::error_code::not_found, "there is no photograph " + one.photo.string());
    for (int turn = 0; turn < one.quarters; ++turn)
      cv::rotate(photo, photo, cv::ROTATE_90_CLOCKWISE);
    const auto scale = one.height * shape.height_px / photo.rows;
    cv::resize(photo, photos.emplace_back(), {}, scale, scale, cv::INTER_AREA);
  }
  const auto& codec = shape.codec;
  cv::VideoWriter writer{file.string(), cv::CAP_FFMPEG, cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]),
                         static_cast<double>(shape.frames_per_s), cv::Size{shape.width_px, shape.height_px}};
  if (!writer.isOpened())
    return core::fail(core::error_code::internal, "the clip " + file.string() + " can't be written");
  const auto wall = make_wall(shape);
  for (int number = 0; number < shape.seconds * shape.frames_per_s; ++number) {
    auto frame = wall.clone();
    for (std::size_t at = 0; at < walkers.size(); ++at)
      show(walkers[at], photos[at], static_cast<double>(number) / shape.frames_per_s, frame);
    writer.write(frame);
  }
  return core::nothing{};
}

} // namespace rollcall::test
