#include "vision/pose.hpp"

#include "vision/mean_face.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>

namespace rollcall::vision {

namespace {

struct centred_face {
  std::array<cv::Vec3d, mean_face.size()> points;
  cv::Matx33d inverse_spread; ///< of Σ x xᵀ
};

centred_face centre_mean_face() {
  centred_face centred;
  cv::Vec3d mean;
  for (std::size_t i = 0; i < mean_face.size(); ++i) {
    centred.points[i] = {mean_face[i].x, mean_face[i].y, mean_face[i].z};
    mean += centred.points[i] / static_cast<double>(mean_face.size());
  }
  cv::Matx33d spread;
  for (auto& each : centred.points) {
    each -= mean;
    spread += each * each.t();
  }
  centred.inverse_spread = spread.inv();
  return centred;
}

double distance(const point& a, const point& b) noexcept {
  return std::hypot(a.x - b.x, a.y - b.y);
}

/// A verdict on `ratio` against `bar`: sure at `certain` beyond it.
verdict judge(double ratio, double bar, double certain) noexcept {
  const double confidence = 50 + 50 * std::min(1.0, std::abs(ratio - bar) / certain);
  return {ratio > bar, static_cast<float>(confidence)};
}

double eye_ratio(const landmarks& all, std::size_t first) noexcept {
  const double width = distance(all[first], all[first + 3]);
  const double height = distance(all[first + 1], all[first + 5]) + distance(all[first + 2], all[first + 4]);
  return width > 0 ? height / (2 * width) : 0;
}

} // namespace

head_pose pose_of(const landmarks& all) noexcept {
  static const centred_face model = centre_mean_face();
  cv::Vec3d along_x;
  cv::Vec3d along_y;
  for (std::size_t i = 0; i < mean_face.size(); ++i) {
    const auto& seen = all[mean_face[i].landmark];
    along_x += seen.x * model.points[i]; // the model is centred, so the landmarks need not be
    along_y += seen.y * model.points[i];
  }
  along_x = model.inverse_spread * along_x;
  along_y = model.inverse_spread * along_y;
  const double size_x = cv::norm(along_x);
  const double size_y = cv::norm(along_y);
  if (!(size_x > 1e-9) || !(size_y > 1e-9))
    return {};
  // The two rows of the rotation, made orthogonal symmetrically.
  along_x /= size_x;
  along_y /= size_y;
  const double half = along_x.dot(along_y) / 2;
  const cv::Vec3d first = cv::normalize(along_x - half * along_y);
  const cv::Vec3d second = cv::normalize(along_y - half * along_x);
  const cv::Vec3d third = first.cross(second);
  constexpr double degrees = 180 / CV_PI;
  return {static_cast<float>(degrees * std::atan2(-first[2], third[2])),
          static_cast<float>(degrees * std::asin(std::clamp(second[2], -1.0, 1.0))),
          static_cast<float>(degrees * std::atan2(second[0], first[0]))};
}

verdict eyes_open_of(const landmarks& all) noexcept {
  constexpr double bar = 0.2;
  constexpr double certain = 0.1;
  return judge((eye_ratio(all, 36) + eye_ratio(all, 42)) / 2, bar, certain);
}

verdict mouth_open_of(const landmarks& all) noexcept {
  constexpr double bar = 0.2;
  constexpr double certain = 0.2;
  const double width = distance(all[60], all[64]);
  const double height = (distance(all[61], all[67]) + distance(all[62], all[66]) + distance(all[63], all[65])) / 3;
  return judge(width > 0 ? height / width : 0, bar, certain);
}

} // namespace rollcall::vision
