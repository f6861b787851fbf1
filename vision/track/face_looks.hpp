/// How a face looks from one frame to the next: enough to tell two persons apart who pass in front of each other, far
/// too little to recognise anybody. Used by the tracker alone. Pure; any thread.
#pragma once

#include "vision/image.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace rollcall::vision {

/// The colours of an aligned crop on a grid, their mean taken off, of length 1.
class face_looks {
public:
  /// Not known.
  face_looks() = default;
  /// Of an aligned crop; not known where it has no pixels, or all are the same. 15 microseconds for 112 × 112.
  explicit face_looks(const bgr8_image& aligned);

  /// 1: the same; around 0: nothing in common. None where either is not known.
  [[nodiscard]] std::optional<float> likeness(const face_looks& to) const noexcept;
  /// Takes in how the same face looks now: two fifths of what is kept. What is not known is ignored.
  void follow(const face_looks& now);

private:
  static constexpr int side = 8;
  void normalise();

  std::array<float, std::size_t{side} * side * 3> cells_{};
  bool is_known_ = false;
};

} // namespace rollcall::vision
