/// Brightness and sharpness of a face, measured on its aligned crop. Owned by one `face_analyzer` for its scratch
/// memory.
#pragma once

#include <opencv2/core.hpp>

namespace rollcall::vision {

struct appearance {
  float brightness = 0; ///< 0–100: mean luma of the face's middle
  float sharpness = 0;  ///< 0–100: how much detail there is for the embedding network, at its own resolution
};

class appearance_meter {
public:
  /// Measures `aligned`, the crop of `align_face`. About 20 microseconds.
  /// Source of the sharpness: variance of the Laplacian, Pech-Pacheco et al., ICPR 2000, over the variance of the luma,
  /// so that contrast does not count as sharpness.
  [[nodiscard]] appearance measure(const cv::Mat& aligned);

private:
  cv::Mat grey_;
  cv::Mat detail_;
};

} // namespace rollcall::vision
