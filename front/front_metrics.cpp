#include "front/front_metrics.hpp"

#include <string>
#include <vector>

namespace rollcall::front {

namespace {

std::size_t index_of(std::optional<wire::operation> op) {
  return op ? static_cast<std::size_t>(*op) : wire::all_operations.size();
}

std::string name_of(std::size_t operation) {
  return operation < wire::all_operations.size() ? std::string{to_string(wire::all_operations[operation])} : "unknown";
}

/// The metric in `slot`, made by `make` when it is not there. Two threads may make it at once: the registry gives both
/// the same.
template <class Metric, class Make>
Metric& at(std::atomic<Metric*>& slot, Make make) {
  auto* found = slot.load(std::memory_order_acquire);
  if (found == nullptr) {
    found = &make();
    slot.store(found, std::memory_order_release);
  }
  return *found;
}

double in_seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

} // namespace

const std::vector<double>& second_bounds() {
  static const std::vector<double> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return bounds;
}

front_metrics::front_metrics(core::metric_registry& registry)
    : in_flight(registry.make_gauge("rollcall_requests_in_flight", "Requests being answered", {})),
      refused(registry.make_counter("rollcall_requests_refused_total", "Requests refused for load", {})),
      registry_(registry) {}

void front_metrics::count(std::optional<wire::operation> op, std::optional<core::error_code> failed,
                          std::chrono::microseconds took) {
  const auto operation = index_of(op);
  const auto outcome = failed ? static_cast<std::size_t>(*failed) + 1 : 0;
  auto& requests = at(requests_[operation][outcome], [&]() -> core::counter& {
    const auto code = failed ? std::string{core::to_string(*failed)} : std::string{"ok"};
    return registry_.make_counter("rollcall_requests_total", "Requests answered",
                                  {{"operation", name_of(operation)}, {"code", code}});
  });
  requests.add();
  auto& histogram = at(seconds_[operation], [&]() -> core::histogram& {
    return registry_.make_histogram("rollcall_request_seconds", "From the end of a request's body to its reply",
                                    {{"operation", name_of(operation)}}, second_bounds());
  });
  histogram.observe(in_seconds(took));
}

void front_metrics::count_stages(wire::operation op, const stage_times& times) {
  const auto operation = index_of(op);
  for (std::size_t i = 0; i <= stage_names.size(); ++i) {
    const bool is_stage = i < stage_names.size();
    const auto spent = is_stage ? times.spent(static_cast<stage>(i)) : times.networks;
    if (spent.count() == 0)
      continue;
    auto& total = at(stages_[operation][i], [&]() -> core::counter& {
      const auto name = is_stage ? std::string{stage_names[i]} : std::string{"networks"};
      return registry_.make_counter("rollcall_stage_seconds_total",
                                    "Time of requests by stage; networks is a part of the vision stages",
                                    {{"operation", name_of(operation)}, {"stage", name}});
    });
    total.add(in_seconds(spent));
  }
}

} // namespace rollcall::front
