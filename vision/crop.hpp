/// From pixels to network inputs: crops, resizing, planes of floats. Inside vision/ only. The objects keep scratch
/// memory, so each belongs to one thread.
#pragma once

#include "vision/analysis.hpp"
#include "vision/halvings.hpp"
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

/// x' = a x - b y + tx, y' = b x + a y + ty, in pixels; a pixel's centre has its integer coordinates.
struct similarity_transform {
  double a = 1;
  double b = 0;
  double tx = 0;
  double ty = 0;

  [[nodiscard]] point apply(const point& p) const noexcept;
};

/// The picture under `transform` (from picture to crop), width_px × height_px in `into`; shrunk without aliasing,
/// enlarged bilinearly. `border` as cv::BorderTypes: what lies outside the picture.
void crop(halvings& from, const similarity_transform& transform, int width_px, int height_px, int border,
          cv::Mat& into);

} // namespace rollcall::vision
