/// Where a face that is followed will be next: a Kalman filter over its box. Value type, pure; any thread.
///
/// The state is that of SORT (centre, scale and aspect with their velocities), scale and aspect as logarithms: a face
/// that comes nearer grows by a factor. Since neither motion nor noise couples them, the filter falls apart into one of
/// two dimensions for each, which is exact. Noise is measured in sides of the face.
/// Sources: Kalman, "A New Approach to Linear Filtering and Prediction Problems", 1960; Bewley et al., "Simple Online
/// and Realtime Tracking", ICIP 2016; scaling by the box: Wojke et al., "Simple Online and Realtime Tracking with a
/// Deep Association Metric", ICIP 2017.
#pragma once

#include "vision/analysis.hpp"

namespace rollcall::vision {

/// One coordinate that moves at a steady velocity, disturbed by random acceleration.
class steady_motion {
public:
  /// At `value`, known to ± `deviation`, moving by 0 ± `velocity_deviation` a second.
  steady_motion(double value, double deviation, double velocity_deviation) noexcept;

  /// Lets `seconds` ≥ 0 pass, under accelerations of ± `acceleration` a second².
  void predict(double seconds, double acceleration) noexcept;

  /// Takes in that it was measured at `value` ± `deviation`.
  void correct(double value, double deviation) noexcept;

  /// Takes `factor` of the velocity away, in [0, 1].
  void slow(double factor) noexcept { velocity_ *= 1 - factor; }

  [[nodiscard]] double value() const noexcept { return value_; }
  [[nodiscard]] double velocity() const noexcept { return velocity_; }

private:
  double value_;
  double velocity_ = 0;
  double variance_; ///< of the value; the covariance matrix is {{variance, shared}, {shared, velocity}}
  double shared_variance_ = 0;
  double velocity_variance_;
};

class box_motion {
public:
  explicit box_motion(const pixel_box& seen) noexcept;

  /// Lets `seconds` ≥ 0 pass. A face that was not seen last time slows down, so that it is not sought ever further
  /// away.
  void predict(double seconds, bool was_seen) noexcept;

  /// Takes in where it was seen. Precondition: width and height are positive.
  void correct(const pixel_box& seen) noexcept;

  /// Where it is, by all that is known. Width and height are positive.
  [[nodiscard]] pixel_box box() const noexcept;

private:
  [[nodiscard]] double side() const noexcept;

  steady_motion x_; ///< of the centre
  steady_motion y_;
  steady_motion log_side_;   ///< of the square of the same area
  steady_motion log_aspect_; ///< of width / height
};

} // namespace rollcall::vision
