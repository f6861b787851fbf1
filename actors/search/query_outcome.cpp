#include "actors/search/query_outcome.hpp"

#include <utility>

namespace rollcall::actors {

core::status check_query(const query& asked) {
  if (asked.dimension == 0 || asked.probes.empty() || asked.probes.size() % asked.dimension != 0)
    return core::fail(core::error_code::invalid_argument, "The probes do not have the shape count × dimension.");
  if (asked.partitions == 0 || asked.k == 0)
    return core::fail(core::error_code::invalid_argument, "A query needs at least one partition and one hit.");
  if (asked.until.has_passed())
    return core::fail(core::error_code::deadline_exceeded, "The deadline passed.");
  return core::nothing{};
}

core::result<query_answer> merge_answers(const gathering& progress, const query& asked) {
  auto covered = progress.covered();
  const auto& first_error = progress.first_error();
  if (first_error && (progress.is_refused() || covered.answered == 0))
    return *first_error;
  if (!covered.is_complete()) {
    covered.is_exact = covered.is_current = false;
    const auto tally = std::to_string(covered.answered) + " of " + std::to_string(covered.asked);
    if (!asked.accept_partial)
      return core::fail(core::error_code::incomplete, "Only " + tally + " partitions of the collection answered.",
                        first_error ? first_error->message : "partitions are loading");
  }
  if (progress.parts().empty()) {
    const auto probes = asked.probes.size() / asked.dimension;
    return query_answer{std::vector<std::vector<shard::hit>>(probes), covered};
  }
  ROLLCALL_TRY(auto rows, shard::merge_hits(progress.parts(), asked.k));
  return query_answer{std::move(rows), covered};
}

} // namespace rollcall::actors
