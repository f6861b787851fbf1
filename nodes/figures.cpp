#include "nodes/figures.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

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

} // namespace

std::string figures_of(const prometheus_metrics& metrics, core::steady_time::duration up,
                       std::span<const actors::replica_status> loads) {
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
  for (const auto& load : loads)
    under_way.push_back(describe(load));
  told["loads"] = std::move(under_way);
  return json::serialize(told);
}

} // namespace rollcall::nodes
