#include "vision/track/box_motion.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::vision {

namespace {

// Deviations, in sides of the face and seconds. A face is 0.2 m: who walks passes 5 to 8 sides a second.
constexpr double centre_jitter = 0.06;
constexpr double walking = 6;
constexpr double acceleration = 12;
// Of the logarithm of the side.
constexpr double side_jitter = 0.08;
constexpr double growth = 0.6;
constexpr double growth_change = 1.5;
// Of the logarithm of width / height, which barely moves.
constexpr double aspect_jitter = 0.08;
constexpr double aspect_change = 0.2;

constexpr double slowing_s = 0.5; ///< in which an unseen face loses 63 % of its velocity

struct shape {
  double x, y, log_side, log_aspect;
};

/// Boxes of no area, which a detector should not give, count as a pixel.
shape shape_of(const pixel_box& box) noexcept {
  const double width = std::max(box.width, 1.0F);
  const double height = std::max(box.height, 1.0F);
  return {box.left + box.width / 2.0, box.top + box.height / 2.0, std::log(width * height) / 2,
          std::log(width / height)};
}

} // namespace

steady_motion::steady_motion(double value, double deviation, double velocity_deviation) noexcept
    : value_(value), variance_(deviation * deviation), velocity_variance_(velocity_deviation * velocity_deviation) {}

void steady_motion::predict(double seconds, double acceleration_deviation) noexcept {
  const double disturbance = acceleration_deviation * acceleration_deviation * seconds * seconds;
  value_ += velocity_ * seconds;
  variance_ += seconds * (2 * shared_variance_ + seconds * velocity_variance_) + disturbance * seconds * seconds / 4;
  shared_variance_ += seconds * velocity_variance_ + disturbance * seconds / 2;
  velocity_variance_ += disturbance;
}

void steady_motion::correct(double value, double deviation) noexcept {
  const double total = variance_ + deviation * deviation;
  const double gain = variance_ / total;
  const double velocity_gain = shared_variance_ / total;
  const double surprise = value - value_;
  value_ += gain * surprise;
  velocity_ += velocity_gain * surprise;
  velocity_variance_ -= velocity_gain * shared_variance_;
  shared_variance_ *= 1 - gain;
  variance_ *= 1 - gain;
}

box_motion::box_motion(const pixel_box& seen) noexcept
    : x_(0, 0, 0), y_(0, 0, 0), log_side_(0, 0, 0), log_aspect_(0, 0, 0) {
  const auto at = shape_of(seen);
  const double side = std::exp(at.log_side);
  x_ = {at.x, centre_jitter * side, walking * side};
  y_ = {at.y, centre_jitter * side, walking * side};
  log_side_ = {at.log_side, side_jitter, growth};
  log_aspect_ = {at.log_aspect, aspect_jitter, aspect_change};
}

double box_motion::side() const noexcept {
  return std::exp(log_side_.value());
}

void box_motion::predict(double seconds, bool was_seen) noexcept {
  if (!was_seen) {
    const double factor = 1 - std::exp(-seconds / slowing_s);
    for (auto* each : {&x_, &y_, &log_side_, &log_aspect_})
      each->slow(factor);
  }
  const double now = side();
  x_.predict(seconds, acceleration * now);
  y_.predict(seconds, acceleration * now);
  log_side_.predict(seconds, growth_change);
  log_aspect_.predict(seconds, aspect_change);
}

void box_motion::correct(const pixel_box& seen) noexcept {
  const auto at = shape_of(seen);
  const double now = side();
  x_.correct(at.x, centre_jitter * now);
  y_.correct(at.y, centre_jitter * now);
  log_side_.correct(at.log_side, side_jitter);
  log_aspect_.correct(at.log_aspect, aspect_jitter);
}

pixel_box box_motion::box() const noexcept {
  const double half_aspect = log_aspect_.value() / 2;
  const double width = side() * std::exp(half_aspect);
  const double height = side() * std::exp(-half_aspect);
  return {static_cast<float>(x_.value() - width / 2), static_cast<float>(y_.value() - height / 2),
          static_cast<float>(width), static_cast<float>(height)};
}

} // namespace rollcall::vision
