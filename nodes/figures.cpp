#include "nodes/figures.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace rollcall::nodes {

namespace json = boost::json;

namespace {

json::object describe(const actors::replica_status& load) {
  return {{"collection", core::to_string(load.key.first.id)},
          {"partition", load.key.second},
          {"source", load.source},
          {"rows", load.rows},
          {"rows_wanted", load.rows_wanted},
          {"rows_per_s", std::round(load.rows_a_second)},
          {"left_ms", load.left.count()}};
}

json::object describe(const shard::collection_size& part) {
  json::object bytes;
  for (const auto& [name, member] : shard::all_memory_parts)
    bytes[name] = part.held.memory.*member;
  json::object told{{"collection", core::to_string(part.collection.id)},
                    {"partitions", part.held.partitions},
                    {"references", part.held.references}};
  told["bytes"] = std::move(bytes);
  return told;
}

// The largest: a heartbeat must stay small.
json::array describe(std::vector<shard::collection_size> held) {
  const auto told = std::min(held.size(), most_collections_told);
  const auto is_larger = [](const auto& a, const auto& b) { return a.held.memory.total() > b.held.memory.total(); };
  std::partial_sort(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(told), held.end(), is_larger);
  json::array all;
  for (std::size_t at = 0; at < told; ++at)
    all.push_back(describe(held[at]));
  return all;
}

json::object describe(const shard::recall_estimate& recall) {
  return {{"share", recall.share}, {"low", recall.low}, {"high", recall.high}, {"searches", recall.searches}};
}

} // namespace

std::string figures_of(const prometheus_metrics& metrics, core::steady_time::duration up,
                       const actors::shard_work& work) {
  const auto is_failure = [](const prometheus_metrics::labels& with) { return with.at("code") != "ok"; };
  json::array seconds;
  for (const auto& [bound, count] : metrics.distribution("rollcall_request_seconds"))
    seconds.push_back(json::array{std::isinf(bound) ? json::value(nullptr) : json::value(bound), count});
  json::object told{{"up_ms", std::chrono::duration_cast<std::chrono::milliseconds>(up).count()},
                    {"requests", metrics.total("rollcall_requests_total")},
                    {"failed", metrics.total("rollcall_requests_total", is_failure)},
                    {"refused", metrics.total("rollcall_requests_refused_total")},
                    {"in_flight", metrics.total("rollcall_requests_in_flight")},
                    {"searches", metrics.total("rollcall_shard_outstanding")},
                    {"pictures", metrics.total("rollcall_embedding_outstanding")},
                    {"store", metrics.total("rollcall_store_outstanding")}};
  told["seconds"] = std::move(seconds);
  json::array under_way;
  for (const auto& load : work.loads)
    under_way.push_back(describe(load));
  told["loads"] = std::move(under_way);
  told["held"] = describe(work.held);
  if (work.recall.searches > 0)
    told["recall"] = describe(work.recall);
  return json::serialize(told);
}

} // namespace rollcall::nodes
