/// From pixels to network inputs: crops, resizing, planes of floats. Inside vision/ only. The objects keep scratch
/// memory, so each belongs to one thread.
#pragma once

#include "vision/analysis.hpp"
#include "vision/model_manifest.hpp"

#include <array>
#include <opencv2/core.hpp>
#include <span>

namespace rollcall::vision {

/// Fills network inputs from 8-bit pictures.
class input_filler {
public:
  /// Writes `bgr` (CV_8UC3, of the layout's size, asserted) into `into` (1 × channels × height × width) as `layout`
  /// says.
  void fill(const cv::Mat& bgr, const input_layout& layout, std::span<float> into);

private:
  std::array<cv::Mat, 3> planes_;
  cv::Mat grey_;
};

/// Cuts `box` out of `picture` (CV_8UC3) and scales it to width_px × height_px in `into`. Where the box reaches over
/// the edge, the nearest pixels are repeated. Shrinks by area, enlarges bilinearly. Precondition: the box has at least
/// one pixel in common with the picture (asserted).
void crop_box(const cv::Mat& picture, const pixel_box& box, int width_px, int height_px, cv::Mat& into);

} // namespace rollcall::vision
