#include "vision/appearance.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {

appearance appearance_meter::measure(const cv::Mat& aligned) {
  // The middle of the crop: brows to chin, without hair and background.
  const cv::Rect middle{aligned.cols / 5, aligned.rows / 4, aligned.cols * 3 / 5, aligned.rows * 13 / 20};
  cv::cvtColor(aligned(middle), grey_, cv::COLOR_BGR2GRAY);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(grey_, mean, deviation);
  const double brightness = 100 * mean[0] / 255;
  const double contrast = std::max(deviation[0], 4.0);
  cv::Laplacian(grey_, detail_, CV_16S, 1);
  cv::meanStdDev(detail_, mean, deviation);
  constexpr double half = 0.25; // the ratio of detail to contrast that counts as half sharp
  const double ratio = deviation[0] / contrast;
  const double sharpness = 100 * (1 - std::exp2(-ratio / half));
  return {static_cast<float>(brightness), static_cast<float>(sharpness)};
}

} // namespace rollcall::vision
