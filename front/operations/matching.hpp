/// Searching a collection and recording what was recognised: shared by the four searches and CompareFaces.
#pragma once

#include "front/services.hpp"

#include <vector>

namespace rollcall::front::operations {

/// What is searched for.
struct probe {
  core::reference_kind kind = core::reference_kind::face;
  std::vector<float> embedding;   ///< dimension float32, L2-normalised
  std::size_t k = 100;            ///< hits wanted, in [1, 4'097]
  float threshold = 80;           ///< similarity, 0–100, inclusive
  std::optional<core::uuid> self; ///< not to be found: the probe's own reference
};

/// A reference and how similar it is.
struct match {
  core::uuid id;
  float similarity = 0;
};

/// Matches with similarity ≥ the threshold, most similar first, ties by lower id; at most k.
struct matches {
  std::vector<match> found;
  actors::coverage covered;
};

/// Asks COORDINATOR, and adds the coverage headers to the reply:
/// x-rollcall-coverage: partitions answered "/" partitions asked; x-rollcall-exact, x-rollcall-current: true or false.
/// x-rollcall-recall-estimate: where not all was looked at, the share of such searches that were seen to find the
/// nearest reference; absent while nothing is known of it. Errors: those of COORDINATOR.
[[nodiscard]] asio::awaitable<core::result<matches>> search(request_context& context,
                                                            store::collection_record collection, probe wanted);

/// The decision about a search as far as it is known before its candidates are. Its threshold is `threshold`, or the
/// caller's own where that is higher: who asks for all pairs to see their similarity still decides by one.
[[nodiscard]] store::decision make_decision(const request_context& context, const store::collection_record& collection,
                                            std::string probe_name, float threshold, const actors::coverage& covered);

/// Appends `entry` to the decision log; the caller replies after it. Errors: those of STORE: an answer that can't be
/// recorded is not given.
[[nodiscard]] asio::awaitable<core::status> record(request_context& context, store::decision entry);

/// Cosine similarity of two L2-normalised embeddings of the same dimension.
[[nodiscard]] float cosine(const std::vector<float>& a, const std::vector<float>& b) noexcept;

} // namespace rollcall::front::operations
