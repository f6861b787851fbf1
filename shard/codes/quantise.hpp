/// Coordinates cut into even levels, and what that loses. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rollcall::shard {

/// How coordinates are cut: level c of `count` stands for (c - (count - 1) / 2) × step.
struct even_levels {
  int count = 0; ///< in [2, 256]
  float step = 0;
};

/// What a level stands for.
[[nodiscard]] constexpr float value_of(std::uint8_t level, even_levels by) noexcept {
  return (static_cast<float>(level) - static_cast<float>(by.count - 1) / 2) * by.step;
}
[[nodiscard]] std::vector<float> values_of(std::span<const std::uint8_t> levels, even_levels by);

/// Squares of lengths. They are summed in float32 by stretches, and these in double: off by less than 2e-6 of
/// themselves, whatever the size.
struct quantised {
  double missed = 0; ///< of what lies between the coordinates and their levels
  double said = 0;   ///< of what the levels say
  double whole = 0;  ///< of the coordinates
};

/// Writes each coordinate's nearest level to `levels`. Preconditions (asserted): same size, a multiple of 8.
[[nodiscard]] quantised quantise(std::span<const float> coordinates, even_levels by, std::span<std::uint8_t> levels);

/// Σ x², summed likewise, and Σ (x - m)², for any size. Precondition (asserted): same size.
[[nodiscard]] double square_of(std::span<const float> x);
[[nodiscard]] double square_between(std::span<const float> x, std::span<const float> m);

} // namespace rollcall::shard
