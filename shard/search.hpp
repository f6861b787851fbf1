/// A search of a shard and its answer, as plain values: the message that SHARD actors take, the same within one process
/// and between nodes.
#pragma once

#include "core/clock.hpp"
#include "core/mutation.hpp"
#include "core/uuid.hpp"

#include <cstdint>
#include <vector>

namespace rollcall::shard {

/// What is known of one partition's top-k. `approximate`: only the lists near the probe were looked at.
enum class exactness : std::uint8_t { proved, approximate, not_proved };

/// The recall floor of a search that must find everything, and prove it, or say that it did not.
inline constexpr float proved_recall = 1;

/// Probes of one collection. Shapes: `probes` is nq × dimension float32, row-major, L2-normalised; nq in [1, 1'024].
struct search_request {
  core::request_id request;
  core::collection_key collection;
  core::reference_kind kind = core::reference_kind::face;
  std::vector<std::uint32_t> partitions; ///< those to search, ascending
  std::vector<float> probes;
  std::size_t dimension = 0;
  std::size_t k = 10;                 ///< in [1, 4'097]
  float lowest_cosine = -2;           ///< hits below it are of no interest; -2: all are
  float recall_floor = proved_recall; ///< share of the nearest references that may be relied on to be found; in (0, 1]
  core::deadline until;
};

/// A reference near a probe.
struct hit {
  core::uuid id;
  float cosine = 0; ///< canonical float32 sum, the same on every node

  friend bool operator==(const hit&, const hit&) = default;
};

/// True when `a` comes before `b` in a result: greater cosine first, ties to the lower id.
[[nodiscard]] inline bool is_nearer(const hit& a, const hit& b) noexcept {
  return a.cosine != b.cosine ? a.cosine > b.cosine : a.id < b.id;
}

/// What one partition contributed.
struct partition_answer {
  std::uint32_t partition = 0;
  bool has_answered = false;
  bool is_current = false; ///< contains every acknowledged write
  exactness exact = exactness::not_proved;
  std::uint64_t seq = 0;        ///< last mutation applied
  std::uint64_t references = 0; ///< of the kind asked, searched
  std::uint64_t compared = 0;   ///< of these, compared exactly, over all probes
  float recall = 1; ///< share of searches like an approximate one that were seen to find the nearest; 0: not known
};

/// Shapes: `rows` has nq rows, row q the hits of probe q: at most k, nearest first (`is_nearer`), all ≥ lowest_cosine.
/// `partitions`: one entry for each partition asked, ascending.
struct search_answer {
  std::vector<std::vector<hit>> rows;
  std::vector<partition_answer> partitions;
};

/// One reference of a collection, by its id.
struct find_request {
  core::collection_key collection;
  std::uint32_t partition = 0; ///< that the id belongs to
  core::reference_kind kind = core::reference_kind::face;
  core::uuid id;
  core::deadline until;
};

struct found_reference {
  std::vector<float> embedding; ///< as it was put; empty: there is no such reference
  bool is_current = false;      ///< every acknowledged write was there when it was looked for
};

/// Share of the searches with a hit whose nearest one was found, and the interval that holds it with a probability of
/// 0.95. Source: E. B. Wilson, "Probable inference", J. Am. Stat. Assoc. 22 (1927).
struct recall_estimate {
  double share = 0;
  double low = 0;
  double high = 1;
  std::uint64_t searches = 0; ///< that it stands on; 0: nothing is known, share is 0
};

} // namespace rollcall::shard
