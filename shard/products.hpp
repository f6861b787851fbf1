/// Inner products of all rows with all columns, as fast as the processor multiplies: for transforms, whose results are
/// parts of bounds. The canonical cosine is similarity.hpp's. Pure; any thread.
#pragma once

#include "shard/similarity.hpp"

#include <span>

namespace rollcall::shard {

/// products[p × rows.count + r] = <probe p, row r>, in float32, rounded stride / 8 times each at most. Preconditions as
/// dot_block's. Cost: rows are read once per three probes.
void multiply(row_block rows, row_block probes, std::span<float> products);

} // namespace rollcall::shard
