// Loops in lanes that become vectors (-O3, CMakeLists.txt), once for the base instruction set and once for AVX2. The
// order of additions is theirs: these sums are only parts of bounds, which have room for that.
#include "shard/quantise.hpp"

#include "core/assert.hpp"
#include "shard/scan.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

namespace rollcall::shard {

namespace {

constexpr std::size_t lanes = 8;
using lane_sums = std::array<float, lanes>;

#define ROLLCALL_INLINE inline __attribute__((always_inline))
#if defined(__x86_64__)
#define ROLLCALL_AVX2 __attribute__((target("avx2")))
#endif

constexpr std::size_t stretch = 16 * lanes; // that is summed in float32

double total(const lane_sums& sums) {
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

ROLLCALL_INLINE void cut(const float* coordinates, std::size_t count, even_levels by, std::uint8_t* levels,
                         quantised& into) {
  const float centre = static_cast<float>(by.count - 1) / 2;
  const float rounding_centre = centre + 0.5F; // cutting off then rounds
  const auto last = static_cast<float>(by.count - 1);
  const float per_step = 1 / by.step;
  for (std::size_t first = 0; first < count; first += stretch) {
    lane_sums missed{};
    lane_sums said{};
    lane_sums whole{};
    for (std::size_t i = first; i < std::min(first + stretch, count); i += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const float each = coordinates[i + lane];
        const float place = std::min(std::max(each * per_step + rounding_centre, 0.0F), last);
        const auto level = static_cast<int>(place);
        const float value = (static_cast<float>(level) - centre) * by.step;
        levels[i + lane] = static_cast<std::uint8_t>(level);
        missed[lane] += (each - value) * (each - value);
        said[lane] += value * value;
        whole[lane] += each * each;
      }
    into.missed += total(missed);
    into.said += total(said);
    into.whole += total(whole);
  }
}

ROLLCALL_INLINE double add_squares(const float* x, const float* m, std::size_t count) {
  double sum = 0;
  for (std::size_t first = 0; first < count; first += stretch) {
    lane_sums sums{};
    const auto end = std::min(first + stretch, count);
    const auto whole = end - (end - first) % lanes;
    for (std::size_t i = first; i < whole; i += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const float off = m == nullptr ? x[i + lane] : x[i + lane] - m[i + lane];
        sums[lane] += off * off;
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

double square_of(std::span<const float> x) {
  return (has_avx2() ? add_squares_avx2 : add_squares_portable)(x.data(), nullptr, x.size());
}

double square_between(std::span<const float> x, std::span<const float> m) {
  ROLLCALL_ASSERT(x.size() == m.size());
  return (has_avx2() ? add_squares_avx2 : add_squares_portable)(x.data(), m.data(), x.size());
}

} // namespace rollcall::shard
