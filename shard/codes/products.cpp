#include "shard/codes/products.hpp"

#include "core/assert.hpp"

#include <cstddef>
#include <cstring>

namespace rollcall::shard {

namespace {

#if defined(__x86_64__)

#define ROLLCALL_INLINE inline __attribute__((always_inline))

using quarter __attribute__((vector_size(16), may_alias)) = float;
using half __attribute__((vector_size(32), may_alias)) = float;
using whole __attribute__((vector_size(64), may_alias)) = float;

ROLLCALL_INLINE quarter fold(const half& sums) {
  return __builtin_shufflevector(sums, sums, 0, 1, 2, 3) + __builtin_shufflevector(sums, sums, 4, 5, 6, 7);
}
ROLLCALL_INLINE quarter fold(const whole& sums) {
  return fold(__builtin_shufflevector(sums, sums, 0, 1, 2, 3, 4, 5, 6, 7)
              + __builtin_shufflevector(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15));
}

// The four sums of four rows each.
ROLLCALL_INLINE quarter add_up(const quarter& a, const quarter& b, const quarter& c, const quarter& d) {
  const quarter ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const quarter cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

constexpr std::size_t rows_at_once = 4;

template <class Vector, std::size_t Rows, std::size_t Probes>
ROLLCALL_INLINE void tile(const float* rows, const float* probes, std::size_t stride, float* products,
                          std::size_t products_stride) {
  constexpr std::size_t width = sizeof(Vector) / sizeof(float);
  Vector sums[Probes][rows_at_once] = {};
  for (std::size_t at = 0; at < stride; at += width) {
    Vector some[Probes];
    for (std::size_t p = 0; p < Probes; ++p)
      some[p] = *reinterpret_cast<const Vector*>(probes + p * stride + at);
    for (std::size_t r = 0; r < Rows; ++r) {
      const Vector row = *reinterpret_cast<const Vector*>(rows + r * stride + at);
      for (std::size_t p = 0; p < Probes; ++p)
        sums[p][r] += row * some[p];
    }
  }
  for (std::size_t p = 0; p < Probes; ++p) {
    const quarter all = add_up(fold(sums[p][0]), fold(sums[p][1]), fold(sums[p][2]), fold(sums[p][3]));
    std::memcpy(products + p * products_stride, &all, Rows * sizeof(float));
  }
}

template <class Vector, std::size_t Probes>
ROLLCALL_INLINE void all_rows(row_block rows, const float* probes, float* products) {
  std::size_t r = 0;
  for (; r + rows_at_once <= rows.count; r += rows_at_once)
    tile<Vector, rows_at_once, Probes>(rows.data + r * rows.stride, probes, rows.stride, products + r, rows.count);
  for (; r < rows.count; ++r)
    tile<Vector, 1, Probes>(rows.data + r * rows.stride, probes, rows.stride, products + r, rows.count);
}

template <class Vector, std::size_t Together>
ROLLCALL_INLINE void all_probes(row_block rows, row_block probes, float* products) {
  std::size_t p = 0;
  for (; p + Together <= probes.count; p += Together)
    all_rows<Vector, Together>(rows, probes.data + p * probes.stride, products + p * rows.count);
  for (; p < probes.count; ++p)
    all_rows<Vector, 1>(rows, probes.data + p * probes.stride, products + p * rows.count);
}

// Twelve sums, and what they are made of, are sixteen registers; 24 are 32.
__attribute__((target("avx2,fma"))) void multiply_avx2(row_block rows, row_block probes, float* products) {
  all_probes<half, 3>(rows, probes, products);
}
__attribute__((target("avx512f,fma"))) void multiply_avx512(row_block rows, row_block probes, float* products) {
  all_probes<whole, 6>(rows, probes, products);
}

#endif

} // namespace

std::vector<product_kernel> available_product_kernels() {
  std::vector found{product_kernel::portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    found.push_back(product_kernel::avx2);
    if (__builtin_cpu_supports("avx512f") != 0)
      found.push_back(product_kernel::avx512);
  }
#endif
  return found;
}

product_kernel best_product_kernel() {
  static const auto best = available_product_kernels().back();
  return best;
}

void multiply(row_block rows, row_block probes, std::span<float> products, product_kernel which) {
  ROLLCALL_ASSERT(rows.stride == probes.stride && rows.stride % similarity_lanes == 0);
  ROLLCALL_ASSERT(products.size() >= rows.count * probes.count && which <= best_product_kernel());
#if defined(__x86_64__)
  if (which == product_kernel::avx512)
    return multiply_avx512(rows, probes, products.data());
  if (which == product_kernel::avx2)
    return multiply_avx2(rows, probes, products.data());
#endif
  dot_block(rows, probes, products);
}

} // namespace rollcall::shard
