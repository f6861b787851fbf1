/// Counters, gauges and histograms. Components hold references to them; the sink (prometheus-cpp) is wired in `nodes/`.
/// All operations are safe from any thread and never block for long.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace rollcall::core {

/// Only grows.
class counter {
public:
  virtual ~counter() = default;
  virtual void add(double amount = 1) = 0;
};

/// Goes up and down.
class gauge {
public:
  virtual ~gauge() = default;
  virtual void set(double value) = 0;
};

/// Distribution of observations, in the unit that its name ends with.
class histogram {
public:
  virtual ~histogram() = default;
  virtual void observe(double value) = 0;
};

/// Makes metrics. Asking twice with the same name and labels gives the same object, alive as long as the registry.
/// Names follow Prometheus: `rollcall_<area>_<what>_<unit>`.
class metric_registry {
public:
  using labels = std::map<std::string, std::string>;

  virtual ~metric_registry() = default;
  virtual counter& make_counter(const std::string& name, const std::string& help, const labels& with) = 0;
  virtual gauge& make_gauge(const std::string& name, const std::string& help, const labels& with) = 0;
  /// `bounds`: upper ends of the buckets, ascending, same for every use of a name.
  virtual histogram& make_histogram(const std::string& name, const std::string& help, const labels& with,
                                    const std::vector<double>& bounds) = 0;
};

/// A registry that forgets everything: for tests and tools.
[[nodiscard]] metric_registry& null_metrics();

} // namespace rollcall::core
