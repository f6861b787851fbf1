#include "shard/products.hpp"

#include "core/assert.hpp"

#include <cstddef>

namespace rollcall::shard {

namespace {

#if defined(__x86_64__)

#define ROLLCALL_FMA __attribute__((target("avx2,fma")))

using vector __attribute__((vector_size(32), may_alias)) = float;
constexpr std::size_t width = sizeof(vector) / sizeof(float);
constexpr std::size_t probes_together =
    3; // with four rows: twelve sums, and what they are made of, are sixteen registers
constexpr std::size_t rows_at_once = 4;

template <std::size_t Rows, std::size_t Probes>
ROLLCALL_FMA inline void tile(const float* rows, const float* probes, std::size_t stride, float* products,
                              std::size_t products_stride) {
  vector sums[Probes][Rows] = {};
  for (std::size_t at = 0; at < stride; at += width) {
    vector some[Probes];
    for (std::size_t p = 0; p < Probes; ++p)
      some[p] = *reinterpret_cast<const vector*>(probes + p * stride + at);
    for (std::size_t r = 0; r < Rows; ++r) {
      const vector row = *reinterpret_cast<const vector*>(rows + r * stride + at);
      for (std::size_t p = 0; p < Probes; ++p)
        sums[p][r] += row * some[p];
    }
  }
  for (std::size_t p = 0; p < Probes; ++p)
    for (std::size_t r = 0; r < Rows; ++r) {
      const vector sum = sums[p][r];
      products[p * products_stride + r] =
          ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
    }
}

template <std::size_t Probes>
ROLLCALL_FMA void all_rows(row_block rows, const float* probes, float* products) {
  std::size_t r = 0;
  for (; r + rows_at_once <= rows.count; r += rows_at_once)
    tile<rows_at_once, Probes>(rows.data + r * rows.stride, probes, rows.stride, products + r, rows.count);
  for (; r < rows.count; ++r)
    tile<1, Probes>(rows.data + r * rows.stride, probes, rows.stride, products + r, rows.count);
}

ROLLCALL_FMA void multiply_fma(row_block rows, row_block probes, float* products) {
  std::size_t p = 0;
  for (; p + probes_together <= probes.count; p += probes_together)
    all_rows<probes_together>(rows, probes.data + p * probes.stride, products + p * rows.count);
  for (; p < probes.count; ++p)
    all_rows<1>(rows, probes.data + p * probes.stride, products + p * rows.count);
}

bool has_fma() {
  static const bool is_so = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  return is_so;
}

#endif

} // namespace

void multiply(row_block rows, row_block probes, std::span<float> products) {
  ROLLCALL_ASSERT(rows.stride == probes.stride && rows.stride % similarity_lanes == 0);
  ROLLCALL_ASSERT(products.size() >= rows.count * probes.count);
#if defined(__x86_64__)
  if (has_fma())
    return multiply_fma(rows, probes, products.data());
#endif
  dot_block(rows, probes, products);
}

} // namespace rollcall::shard
