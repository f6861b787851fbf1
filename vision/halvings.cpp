#include "vision/halvings.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {

void halvings::reset(const cv::Mat& picture) {
  levels_.front() = picture;
  made_ = 1;
}

const cv::Mat& halvings::at(int times) {
  ROLLCALL_ASSERT(times >= 0);
  if (levels_.size() <= static_cast<std::size_t>(times))
    levels_.resize(static_cast<std::size_t>(times) + 1);
  for (; made_ <= times; ++made_) {
    const auto& finer = levels_[static_cast<std::size_t>(made_) - 1];
    const cv::Size half{finer.cols / 2, finer.rows / 2};
    cv::resize(finer(cv::Rect{0, 0, 2 * half.width, 2 * half.height}), levels_[static_cast<std::size_t>(made_)], half,
               0, 0, cv::INTER_AREA);
  }
  return levels_[static_cast<std::size_t>(times)];
}

int halvings::times_for(double shrink) const noexcept {
  constexpr int min_side = 16;
  int times = 0;
  for (int side = std::min(picture().cols, picture().rows) / 2; shrink >= 2 && side >= min_side; side /= 2) {
    shrink /= 2;
    ++times;
  }
  return times;
}

} // namespace rollcall::vision
