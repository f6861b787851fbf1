/// A picture and its halvings: 1/2, 1/4 … of its size, each made from the one before when it is first asked for. All
/// stages cut their network inputs from the halving next above the size they need: one cheap pass instead of a slow one
/// per crop. Inside vision/ only; owned by one `face_analyzer`, used on its thread; keeps its memory from picture to
/// picture.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace rollcall::vision {

class halvings {
public:
  /// Starts over with `picture` (CV_8UC3), which is shared, not copied.
  void reset(const cv::Mat& picture);

  /// The picture itself.
  [[nodiscard]] const cv::Mat& picture() const noexcept { return levels_.front(); }

  /// The picture halved `times` times, each pixel the mean of 4. An odd last row or column is dropped at each step.
  /// Precondition: times is at most what `times_for` returns for some shrink.
  [[nodiscard]] const cv::Mat& at(int times);

  /// How often to halve before the picture is shrunk by `shrink` (picture pixels a target pixel): what remains is a
  /// factor below 2, fit for bilinear sampling. Never so often that a side would vanish.
  [[nodiscard]] int times_for(double shrink) const noexcept;

private:
  std::vector<cv::Mat> levels_{1};
  int made_ = 1; ///< levels that belong to the current picture
};

} // namespace rollcall::vision
