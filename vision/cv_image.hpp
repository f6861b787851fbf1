/// The bridge between `bgr8_image` and OpenCV's matrices. Inside vision/ only: never included by a public header.
#pragma once

#include "vision/image.hpp"

#include <opencv2/core.hpp>

namespace rollcall::vision {

/// A view of the picture's pixels (CV_8UC3), valid as long as the picture. Treat as read-only.
[[nodiscard]] inline cv::Mat as_mat(const bgr8_image& image) {
  return {image.height_px, image.width_px, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.get()), image.stride_bytes};
}

/// A picture that shares the pixels of `pixels` (CV_8UC3, asserted).
[[nodiscard]] inline bgr8_image as_image(const cv::Mat& pixels) {
  ROLLCALL_ASSERT(pixels.type() == CV_8UC3);
  auto owner = std::make_shared<const cv::Mat>(pixels);
  const auto* data = owner->data;
  return {pixels.cols, pixels.rows, pixels.step[0], std::shared_ptr<const std::uint8_t>{std::move(owner), data}};
}

} // namespace rollcall::vision
