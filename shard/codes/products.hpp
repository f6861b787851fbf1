/// Inner products of all rows with all columns, as fast as the processor multiplies: for transforms, whose results are
/// parts of bounds. The canonical cosine is similarity.hpp's. Pure; any thread.
#pragma once

#include "shard/codes/similarity.hpp"

#include <span>
#include <vector>

namespace rollcall::shard {

/// The instruction sets with products of their own, slowest first.
enum class product_kernel { portable, avx2, avx512 };

/// Those that this processor runs, slowest first.
[[nodiscard]] std::vector<product_kernel> available_product_kernels();
/// The fastest of them; found once.
[[nodiscard]] product_kernel best_product_kernel();

/// products[p × rows.count + r] = <probe p, row r>, in float32, rounded stride / 8 times each at most. Preconditions as
/// dot_block's, and `which` is available. Cost: rows are read once per three or six probes.
void multiply(row_block rows, row_block probes, std::span<float> products,
              product_kernel which = best_product_kernel());

} // namespace rollcall::shard
