#include "nodes/figures.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cmath>

namespace rollcall::nodes {

namespace json = boost::json;

std::string figures_of(const prometheus_metrics& metrics, core::steady_time::duration up) {
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
  return json::serialize(told);
}

} // namespace rollcall::nodes
