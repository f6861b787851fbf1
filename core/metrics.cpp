#include "core/metrics.hpp"

namespace rollcall::core {

namespace {

struct null_counter final : counter {
  void add(double) override {}
};

struct null_gauge final : gauge {
  void set(double) override {}
};

struct null_histogram final : histogram {
  void observe(double) override {}
};

class null_registry final : public metric_registry {
public:
  counter& make_counter(const std::string&, const std::string&, const labels&) override { return counter_; }
  gauge& make_gauge(const std::string&, const std::string&, const labels&) override { return gauge_; }
  histogram& make_histogram(const std::string&, const std::string&, const labels&,
                            const std::vector<double>&) override {
    return histogram_;
  }

private:
  null_counter counter_;
  null_gauge gauge_;
  null_histogram histogram_;
};

} // namespace

metric_registry& null_metrics() {
  static null_registry registry;
  return registry;
}

} // namespace rollcall::core
