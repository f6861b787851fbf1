/// core's metric registry over prometheus-cpp. Owned by the node, outlives everything that counts; any thread.
#pragma once

#include "core/metrics.hpp"

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

  /// All metrics in Prometheus's text format, version 0.0.4.
  [[nodiscard]] std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace rollcall::nodes
