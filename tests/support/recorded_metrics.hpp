/// Metrics that a test can look at: every value by its metric's name, labels aside. Any thread.
#pragma once

#include "core/metrics.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace rollcall::test {

class recorded_metrics final : public core::metric_registry {
public:
  core::counter& make_counter(const std::string& name, const std::string&, const labels&) override { return at(name); }
  core::gauge& make_gauge(const std::string& name, const std::string&, const labels&) override { return at(name); }
  core::histogram& make_histogram(const std::string& name, const std::string&, const labels&,
                                  const std::vector<double>&) override {
    return at(name);
  }

  /// 0 for a metric that was not made; the last observation of a histogram.
  [[nodiscard]] double value(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(name);
    return found == values_.end() ? 0 : found->second->read();
  }

private:
  class recorded final : public core::counter, public core::gauge, public core::histogram {
  public:
    void add(double amount) override {
      const std::lock_guard lock(mutex_);
      value_ += amount;
    }
    void set(double value) override {
      const std::lock_guard lock(mutex_);
      value_ = value;
    }
    void observe(double value) override { set(value); }
    [[nodiscard]] double read() const {
      const std::lock_guard lock(mutex_);
      return value_;
    }

  private:
    mutable std::mutex mutex_;
    double value_ = 0;
  };

  recorded& at(const std::string& name) {
    const std::lock_guard lock(mutex_);
    auto& found = values_[name];
    if (!found)
      found = std::make_unique<recorded>();
    return *found;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<recorded>> values_;
};

} // namespace rollcall::test
