/// Time as Rollcall sees it. Wall time stamps what is stored and signed; monotonic time bounds every wait.
/// Injected, so that tests own it; implementations are safe from any thread.
#pragma once

#include <chrono>

namespace rollcall::core {

using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;
using steady_time = std::chrono::steady_clock::time_point;

/// Where components ask for the wall time. Its owner outlives all who hold a reference.
class wall_clock {
public:
  virtual ~wall_clock() = default;
  [[nodiscard]] virtual wall_time now() const = 0;
};

/// The machine's own clock.
class system_wall_clock final : public wall_clock {
public:
  [[nodiscard]] wall_time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

[[nodiscard]] inline double seconds_since(steady_time start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A point in monotonic time after which nobody wants the answer any more. Every request has one and hands on what is
/// left.
class deadline {
public:
  explicit deadline(steady_time at) : at_(at) {}
  [[nodiscard]] static deadline in(std::chrono::milliseconds span) {
    return deadline{std::chrono::steady_clock::now() + span};
  }

  [[nodiscard]] steady_time at() const noexcept { return at_; }
  /// Time left, never negative.
  [[nodiscard]] std::chrono::milliseconds left() const {
    const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
    return span.count() < 0 ? std::chrono::milliseconds{0} : span;
  }
  [[nodiscard]] bool has_passed() const { return std::chrono::steady_clock::now() >= at_; }

private:
  steady_time at_;
};

} // namespace rollcall::core
