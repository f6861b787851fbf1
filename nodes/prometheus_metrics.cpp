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
  [[nodiscard]] double value() const { return inner_.Value(); }

private:
  prometheus::Counter& inner_;
};

class our_gauge final : public core::gauge {
public:
  explicit our_gauge(prometheus::Gauge& inner) : inner_(inner) {}
  void set(double value) override { inner_.Set(value); }
  [[nodiscard]] double value() const { return inner_.Value(); }

private:
  prometheus::Gauge& inner_;
};

class our_histogram final : public core::histogram {
public:
  explicit our_histogram(prometheus::Histogram& inner) : inner_(inner) {}
  void observe(double value) override { inner_.Observe(value); }
  [[nodiscard]] std::vector<prometheus::ClientMetric::Bucket> buckets() const {
    return inner_.Collect().histogram.bucket;
  }

private:
  prometheus::Histogram& inner_;
};

using metric_key = std::pair<std::string, core::metric_registry::labels>;

template <class Metric>
using made = std::map<metric_key, std::unique_ptr<Metric>>;

/// Calls `take(labels, metric)` for those of a name.
template <class Metric, class Take>
void for_each_of(const made<Metric>& all, const std::string& name, Take take) {
  for (auto at = all.lower_bound({name, {}}); at != all.end() && at->first.first == name; ++at)
    take(at->first.second, *at->second);
}

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

double prometheus_metrics::total(const std::string& name, const std::function<bool(const labels&)>& counts) const {
  const std::lock_guard lock{impl_->mutex};
  double sum = 0;
  const auto take = [&](const labels& with, const auto& metric) {
    sum += !counts || counts(with) ? metric.value() : 0;
  };
  for_each_of(impl_->counters, name, take);
  for_each_of(impl_->gauges, name, take);
  return sum;
}

std::map<double, std::uint64_t> prometheus_metrics::distribution(const std::string& name) const {
  const std::lock_guard lock{impl_->mutex};
  std::map<double, std::uint64_t> sum;
  for_each_of(impl_->histograms, name, [&](const labels&, const our_histogram& metric) {
    std::uint64_t below = 0;
    for (const auto& bucket : metric.buckets()) {
      sum[bucket.upper_bound] += bucket.cumulative_count - below;
      below = bucket.cumulative_count;
    }
  });
  return sum;
}

std::string prometheus_metrics::text() const {
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, impl_->registry.Collect());
  return out.str();
}

} // namespace rollcall::nodes
