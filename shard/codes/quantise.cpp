// In vectors of eight, once for the base instruction set and once for AVX2. The order of additions is theirs: these
// sums are only parts of bounds, which have room for that.
#include "shard/codes/quantise.hpp"

#include "core/assert.hpp"
#include "shard/codes/scan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace rollcall::shard {

namespace {

constexpr std::size_t lanes = 8;

#define ROLLCALL_INLINE inline __attribute__((always_inline))
#if defined(__x86_64__)
#define ROLLCALL_AVX2 __attribute__((target("avx2")))
#endif

constexpr std::size_t stretch = 16 * lanes; // that is summed in float32

using floats __attribute__((vector_size(lanes * sizeof(float)))) = float;
using numbers __attribute__((vector_size(lanes * sizeof(int)))) = int;
using bytes __attribute__((vector_size(lanes))) = std::uint8_t;

// In double, two chains of additions.
ROLLCALL_INLINE double total(const floats& sums) {
  double even = 0;
  double odd = 0;
  for (std::size_t lane = 0; lane < lanes; lane += 2) {
    even += static_cast<double>(sums[lane]);
    odd += static_cast<double>(sums[lane + 1]);
  }
  return even + odd;
}

ROLLCALL_INLINE void cut(const float* coordinates, std::size_t count, even_levels by, std::uint8_t* levels,
                         quantised& into) {
  const float centre = static_cast<float>(by.count - 1) / 2;
  const float rounding_centre = centre + 0.5F; // cutting off then rounds
  const auto last = floats{} + static_cast<float>(by.count - 1);
  const float per_step = 1 / by.step;
  for (std::size_t first = 0; first < count; first += stretch) {
    floats missed{};
    floats said{};
    floats whole{};
    for (std::size_t i = first; i < std::min(first + stretch, count); i += lanes) {
      floats each;
      std::memcpy(&each, coordinates + i, sizeof each);
      floats place = each * per_step + rounding_centre;
      place = place > 0 ? place : floats{};
      place = place < last ? place : last;
      const auto level = __builtin_convertvector(place, numbers);
      const floats value = (__builtin_convertvector(level, floats) - centre) * by.step;
      const auto cut_off = __builtin_convertvector(level, bytes);
      std::memcpy(levels + i, &cut_off, sizeof cut_off);
      missed += (each - value) * (each - value);
      said += value * value;
      whole += each * each;
    }
    into.missed += total(missed);
    into.said += total(said);
    into.whole += total(whole);
  }
}

ROLLCALL_INLINE double add_squares(const float* x, const float* m, std::size_t count) {
  double sum = 0;
  for (std::size_t first = 0; first < count; first += stretch) {
    floats sums{};
    const auto end = std::min(first + stretch, count);
    const auto whole = end - (end - first) % lanes;
    for (std::size_t i = first; i < whole; i += lanes) {
      floats off;
      std::memcpy(&off, x + i, sizeof off);
      if (m != nullptr) {
        floats from;
        std::memcpy(&from, m + i, sizeof from);
        off -= from;
      }
      sums += off * off;
    }
    for (std::size_t i = whole; i < end; ++i) {
      const float off = m == nullptr ? x[i] : x[i] - m[i];
      sums[0] += off * off;
    }
    sum += total(sums);
  }
  return sum;
}

void cut_portable(const float* coordinates, std::size_t count, even_levels by, std::uint8_t* levels, quantised& into) {
  cut(coordinates, count, by, levels, into);
}
double add_squares_portable(const float* x, const float* m, std::size_t count) {
  return add_squares(x, m, count);
}

#if defined(__x86_64__)
ROLLCALL_AVX2 void cut_avx2(const float* coordinates, std::size_t count, even_levels by, std::uint8_t* levels,
                            quantised& into) {
  cut(coordinates, count, by, levels, into);
}
ROLLCALL_AVX2 double add_squares_avx2(const float* x, const float* m, std::size_t count) {
  return add_squares(x, m, count);
}
#else
constexpr auto cut_avx2 = cut_portable;
constexpr auto add_squares_avx2 = add_squares_portable;
#endif

bool has_avx2() {
  return best_scan_kernel() != scan_kernel::portable;
}

} // namespace

quantised quantise(std::span<const float> coordinates, even_levels by, std::span<std::uint8_t> levels) {
  ROLLCALL_ASSERT(coordinates.size() == levels.size() && coordinates.size() % lanes == 0);
  quantised made;
  (has_avx2() ? cut_avx2 : cut_portable)(coordinates.data(), coordinates.size(), by, levels.data(), made);
  return made;
}

std::vector<float> values_of(std::span<const std::uint8_t> levels, even_levels by) {
  std::vector<float> values(levels.size());
  std::transform(levels.begin(), levels.end(), values.begin(),
                 [by](std::uint8_t level) { return value_of(level, by); });
  return values;
}

double square_of(std::span<const float> x) {
  return (has_avx2() ? add_squares_avx2 : add_squares_portable)(x.data(), nullptr, x.size());
}

double square_between(std::span<const float> x, std::span<const float> m) {
  ROLLCALL_ASSERT(x.size() == m.size());
  return (has_avx2() ? add_squares_avx2 : add_squares_portable)(x.data(), m.data(), x.size());
}

} // namespace rollcall::shard
