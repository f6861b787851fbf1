/// The one canonical cosine of the system: a float32 dot product whose order of additions is fixed, so that every
/// kernel, compiler and node computes the same bits. Pure; any thread. Decision record 0004.
///
/// The order: 16 lanes start at +0; element i adds the rounded product a[i]·b[i] to lane i mod 16, ascending i,
/// multiply and add each rounded on their own (no fused multiply-add); then lanes l and l + 8 are added, then l and l +
/// 4, l + 2, l + 1. Padding with zeros does not change the sum. Source: fixed-order summation as in Demmel, Nguyen,
/// "Fast Reproducible Floating-Point Summation" (ARITH 2013), 1; IEEE 754-2019, 5.4.1 (each operation correctly
/// rounded).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rollcall::shard {

/// Lanes of the canonical sum; rows in memory are padded to a multiple of it with zeros.
inline constexpr std::size_t similarity_lanes = 16;
/// Alignment of rows that `dot_block` reads.
inline constexpr std::size_t row_alignment_bytes = 64;

/// `dimension` rounded up to whole lanes.
[[nodiscard]] constexpr std::size_t padded(std::size_t dimension) noexcept {
  return (dimension + similarity_lanes - 1) / similarity_lanes * similarity_lanes;
}

/// The instruction sets with a kernel of their own. All give the same bits.
enum class kernel { baseline, avx2, avx512 };

/// Those that this processor runs, slowest first.
[[nodiscard]] std::vector<kernel> available_kernels();

/// The fastest that this processor runs; found once.
[[nodiscard]] kernel best_kernel() noexcept;

/// The canonical dot product of two vectors, element by element as defined above: any alignment, any dimension.
/// For L2-normalised vectors it is their cosine, in [-1, 1] up to rounding. Precondition (asserted): same size.
[[nodiscard]] float dot(std::span<const float> a, std::span<const float> b);

/// Rows in memory as `dot_block` reads them: `count` rows of `stride` floats, row-major, aligned to 64 bytes, padded
/// with zeros; `stride` is a multiple of 16. A view; valid as long as its rows.
struct row_block {
  const float* data = nullptr;
  std::size_t count = 0;
  std::size_t stride = 0;
};

/// All dot products of `rows` and `probes`: `sums[p × rows.count + r]` for probe p and row r.
/// Preconditions: equal strides, `sums` holds probes.count × rows.count floats, `which` is available (all asserted).
/// Cost: rows are read once per four probes; keep a block of them within the level-2 cache.
void dot_block(row_block rows, row_block probes, std::span<float> sums, kernel which = best_kernel());

} // namespace rollcall::shard
