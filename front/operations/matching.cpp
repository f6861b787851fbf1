#include "front/operations/matching.hpp"

#include <algorithm>
#include <numeric>

namespace rollcall::front::operations {

namespace {

std::string yes_or_no(bool value) {
  return value ? "true" : "false";
}

void add_coverage_headers(request_context& context, const actors::coverage& covered) {
  auto& headers = context.replies_with;
  headers.push_back({"x-rollcall-coverage", std::to_string(covered.answered) + "/" + std::to_string(covered.asked)});
  headers.push_back({"x-rollcall-exact", yes_or_no(covered.is_exact)});
  if (covered.recall > 0 && covered.recall < 1)
    headers.push_back({"x-rollcall-recall-estimate", std::to_string(covered.recall)});
  headers.push_back({"x-rollcall-current", yes_or_no(covered.is_current)});
}

std::vector<match> make_matches(const std::vector<shard::hit>& hits, const probe& wanted,
                                const core::similarity_curve& curve) {
  std::vector<match> found;
  for (const auto& hit : hits) {
    const float similarity = curve.similarity(hit.cosine);
    if (similarity < wanted.threshold || hit.id == wanted.self)
      continue;
    found.push_back({hit.id, similarity});
    if (found.size() == wanted.k)
      break;
  }
  return found;
}

} // namespace

asio::awaitable<core::result<matches>> search(request_context& context, store::collection_record collection,
                                              probe wanted) {
  const stage_watch watch{context.stages, stage::search};
  const auto& curve = context.with.parts.curve;
  const auto dimension = wanted.embedding.size();
  actors::query message{.request = context.request,
                        .collection = collection.key,
                        .partitions = collection.partitions,
                        .first_partition = collection.first_partition,
                        .kind = wanted.kind,
                        .probes = std::move(wanted.embedding),
                        .dimension = dimension,
                        .k = wanted.k + (wanted.self ? 1U : 0U),
                        .lowest_cosine = curve.lowest_cosine(wanted.threshold),
                        .recall_floor = collection.recall_floor,
                        .accept_partial = context.accepts_partial,
                        .until = context.until};
  auto asked =
      ask<actors::query_answer>(context.with.via, context.with.parts.coordinator, std::move(message), context.until);
  ROLLCALL_CO_TRY(const auto answered, co_await std::move(asked));
  if (answered.rows.size() != 1)
    co_return core::fail(core::error_code::internal, "", "COORDINATOR answered another number of probes");
  add_coverage_headers(context, answered.covered);
  matches found;
  found.found = make_matches(answered.rows.front(), wanted, curve);
  found.covered = answered.covered;
  co_return found;
}

store::decision make_decision(const request_context& context, const store::collection_record& collection,
                              std::string probe_name, float threshold, const actors::coverage& covered) {
  store::decision entry;
  entry.request = context.request;
  entry.at = context.with.parts.clock.now();
  entry.principal = context.who.principal;
  entry.access_key = context.who.access_key;
  entry.purpose = context.who.purpose;
  entry.operation = context.operation;
  entry.collection = collection.id;
  entry.probe = std::move(probe_name);
  entry.model_version = collection.model_version;
  entry.threshold = std::max(threshold, context.decides_from);
  entry.gallery_size = covered.references;
  entry.partitions_asked = covered.asked;
  entry.partitions_answered = covered.answered;
  entry.is_exact = covered.is_exact;
  entry.is_current = covered.is_current && !context.uses_last_known;
  return entry;
}

asio::awaitable<core::status> record(request_context& context, store::decision entry) {
  const stage_watch watch{context.stages, stage::store};
  actors::log_decision message{std::move(entry), context.with.settings.wait_for_decision};
  auto asked = ask<actors::logged>(context.with.via, context.with.parts.store, std::move(message), context.until);
  auto answered = co_await std::move(asked);
  if (!answered)
    co_return std::move(answered).failure();
  co_return core::nothing{};
}

float cosine(const std::vector<float>& a, const std::vector<float>& b) noexcept {
  const auto dimension = std::min(a.size(), b.size());
  return std::inner_product(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(dimension), b.begin(), 0.0F);
}

} // namespace rollcall::front::operations
