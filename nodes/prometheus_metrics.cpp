#include "nodes/prometheus_metrics.hpp"

#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <utility>

namespace rollcall::nodes {

namespace {

class our_counter final : public core::counter {
public:
  explicit our_counter(prometheus::Counter& inner) : inner_(inner) {}
  void add(double amount) override { inner_.Increment(amount); }

private:
  prometheus::Counter& inner_;
};

class our_gauge final : public core::gauge {
public:
  explicit our_gauge(prometheus::Gauge& inner) : inner_(inner) {}
  void set(double value) override { inner_.Set(value); }

private:
  prometheus::Gauge& inner_;
};

class our_histogram final : public core::histogram {
public:
  explicit our_histogram(prometheus::Histogram& inner) : inner_(inner) {}
  void observe(double value) override { inner_.Observe(value); }

private:
  prometheus::Histogram& inner_;
};

using metric_key = std::pair<std::string, core::metric_registry::labels>;

template <class Metric>
using made = std::map<metric_key, std::unique_ptr<Metric>>;

} // namespace

struct prometheus_metrics::impl {
  std::mutex mutex; ///< of the maps
  prometheus::Registry registry;
  made<our_counter> counters;
  made<our_gauge> gauges;
  made<our_histogram> histograms;
};

prometheus_metrics::prometheus_metrics() : impl_(std::make_unique<impl>()) {}
prometheus_metrics::~prometheus_metrics() = default;

core::counter& prometheus_metrics::make_counter(const std::string& name, const std::string& help, const labels& with) {
  const std::lock_guard lock{impl_->mutex};
  auto& slot = impl_->counters[{name, with}];
  if (!slot)
    slot = std::make_unique<our_counter>(
        prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(with));
  return *slot;
}

core::gauge& prometheus_metrics::make_gauge(const std::string& name, const std::string& help, const labels& with) {
  const std::lock_guard lock{impl_->mutex};
  auto& slot = impl_->gauges[{name, with}];
  if (!slot)
    slot =
        std::make_unique<our_gauge>(prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(with));
  return *slot;
}

core::histogram& prometheus_metrics::make_histogram(const std::string& name, const std::string& help,
                                                    const labels& with, const std::vector<double>& bounds) {
  const std::lock_guard lock{impl_->mutex};
  auto& slot = impl_->histograms[{name, with}];
  if (!slot)
    slot = std::make_unique<our_histogram>(
        prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry).Add(with, bounds));
  return *slot;
}

std::string prometheus_metrics::text() const {
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, impl_->registry.Collect());
  return out.str();
}

} // namespace rollcall::nodes
