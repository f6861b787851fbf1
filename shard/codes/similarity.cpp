// Compiled with -ffp-contract=off (CMakeLists.txt): a fused multiply-add would round once where the canonical sum
// rounds twice. AVX-512 has fused instructions in its base set, so the compiler would be free to use them.
#include "shard/codes/similarity.hpp"

#include "core/assert.hpp"

#include <cstdint>

namespace rollcall::shard {

namespace {

// The fixed tree over the 16 lanes.
inline float reduce(float* lanes) {
  for (std::size_t half = similarity_lanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane)
      lanes[lane] += lanes[lane + half];
  return lanes[0];
}

namespace baseline {
#define ROLLCALL_KERNEL_TARGET
#define ROLLCALL_KERNEL_BYTES 16
#define ROLLCALL_KERNEL_TILE 2
#include "shard/codes/similarity_kernel.inc"
#undef ROLLCALL_KERNEL_TARGET
#undef ROLLCALL_KERNEL_BYTES
#undef ROLLCALL_KERNEL_TILE
} // namespace baseline

#if defined(__x86_64__)
namespace avx2 {
#define ROLLCALL_KERNEL_TARGET __attribute__((target("avx2")))
#define ROLLCALL_KERNEL_BYTES 32
#define ROLLCALL_KERNEL_TILE 2
#include "shard/codes/similarity_kernel.inc"
#undef ROLLCALL_KERNEL_TARGET
#undef ROLLCALL_KERNEL_BYTES
#undef ROLLCALL_KERNEL_TILE
} // namespace avx2

namespace avx512 {
#define ROLLCALL_KERNEL_TARGET __attribute__((target("avx512f")))
#define ROLLCALL_KERNEL_BYTES 64
#define ROLLCALL_KERNEL_TILE 4
#include "shard/codes/similarity_kernel.inc"
#undef ROLLCALL_KERNEL_TARGET
#undef ROLLCALL_KERNEL_BYTES
#undef ROLLCALL_KERNEL_TILE
} // namespace avx512
#endif

bool is_available(kernel which) {
#if defined(__x86_64__)
  switch (which) {
    case kernel::baseline:
      return true;
    case kernel::avx2:
      return __builtin_cpu_supports("avx2") != 0;
    case kernel::avx512:
      return __builtin_cpu_supports("avx512f") != 0;
  }
#endif
  return which == kernel::baseline;
}

bool is_aligned(const float* data) {
  return reinterpret_cast<std::uintptr_t>(data) % row_alignment_bytes == 0;
}

} // namespace

std::vector<kernel> available_kernels() {
  std::vector<kernel> found;
  for (const auto which : {kernel::baseline, kernel::avx2, kernel::avx512})
    if (is_available(which))
      found.push_back(which);
  return found;
}

kernel best_kernel() noexcept {
  static const kernel best = is_available(kernel::avx512) ? kernel::avx512
                             : is_available(kernel::avx2) ? kernel::avx2
                                                          : kernel::baseline;
  return best;
}

float dot(std::span<const float> a, std::span<const float> b) {
  ROLLCALL_ASSERT(a.size() == b.size());
  float lanes[similarity_lanes] = {};
  for (std::size_t i = 0; i < a.size(); ++i)
    lanes[i % similarity_lanes] += a[i] * b[i];
  return reduce(lanes);
}

void dot_block(row_block rows, row_block probes, std::span<float> sums, kernel which) {
  ROLLCALL_ASSERT(rows.stride == probes.stride && rows.stride % similarity_lanes == 0);
  ROLLCALL_ASSERT(sums.size() >= rows.count * probes.count);
  ROLLCALL_ASSERT(is_aligned(rows.data) && is_aligned(probes.data));
  ROLLCALL_ASSERT(which <= best_kernel());
  switch (which) {
    case kernel::baseline:
      return baseline::block(rows, probes, sums.data());
#if defined(__x86_64__)
    case kernel::avx2:
      return avx2::block(rows, probes, sums.data());
    case kernel::avx512:
      return avx512::block(rows, probes, sums.data());
#else
    case kernel::avx2:
    case kernel::avx512:
      return;
#endif
  }
}

} // namespace rollcall::shard
