/// core's metric registry over prometheus-cpp. Owned by the node, outlives everything that counts; any thread.
#pragma once

#include "core/metrics.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace rollcall::nodes {

class prometheus_metrics final : public core::metric_registry {
public:
  prometheus_metrics();
  ~prometheus_metrics() override;

  core::counter& make_counter(const std::string& name, const std::string& help, const labels& with) override;
  core::gauge& make_gauge(const std::string& name, const std::string& help, const labels& with) override;
  core::histogram& make_histogram(const std::string& name, const std::string& help, const labels& with,
                                  const std::vector<double>& bounds) override;

  /// The sum of the counters or gauges of a name, of those whose labels `counts` takes (none: all).
  [[nodiscard]] double total(const std::string& name, const std::function<bool(const labels&)>& counts = {}) const;
  /// Observations of the histograms of a name by bucket: its upper end, and how many lie between it and the one before.
  [[nodiscard]] std::map<double, std::uint64_t> distribution(const std::string& name) const;

  /// All metrics in Prometheus's text format, version 0.0.4.
  [[nodiscard]] std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace rollcall::nodes
