/// Merging the answers of several shards. Pure; any thread.
#pragma once

#include "core/result.hpp"
#include "shard/search.hpp"

#include <span>
#include <vector>

namespace rollcall::shard {

/// Rows of hits: one per probe, each nearest first.
using hit_rows = std::vector<std::vector<hit>>;

/// Keeps the `k` nearest hits of all parts, per probe.
/// Shapes: each part has nq rows, nearest first (`is_nearer`); the result has nq rows of at most k hits.
/// Order:  nearest first, ties by lower id; a hit that several parts hold (replicas) comes once.
/// Errors: `invalid_argument` when the parts differ in nq or k is 0; no other effect.
/// Cost:   O(nq k log S) for S parts. `parts` need only outlive the call.
/// Source: multiway merge by a heap, Knuth, TAOCP vol. 3, 5.4.1.
[[nodiscard]] core::result<hit_rows> merge_hits(std::span<const hit_rows> parts, std::size_t k);

} // namespace rollcall::shard
