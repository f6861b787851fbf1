/// A plot of rates over recall as SVG: what is up and to the right is better. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace rollcall::bench {

struct plot_point {
  double recall = 0; ///< in [0, 1]
  double rate = 0;   ///< above 0
};

struct plot_series {
  std::string name;
  std::vector<plot_point> points; ///< joined by recall, in whatever order they come
};

struct plot_panel {
  std::string title;
  std::vector<plot_series> series; ///< the same names, in the same order, in every panel
};

/// Where a value lies on an axis: 0 at the low end, 1 at the high end.
class plot_axis {
public:
  /// From a multiple of 0.05 that lies below all of `values` to 1.
  static plot_axis of_recalls(const std::vector<double>& values);
  /// From a power of ten to a power of ten, by logarithm. Precondition: there are values, all above 0.
  static plot_axis of_rates(const std::vector<double>& values);

  [[nodiscard]] double at(double value) const;
  /// Where to write numbers, ascending.
  [[nodiscard]] std::vector<double> ticks() const;

private:
  plot_axis(double low, double high, bool is_logarithmic) : low_(low), high_(high), is_logarithmic_(is_logarithmic) {}
  double low_;
  double high_;
  bool is_logarithmic_;
};

/// Panels side by side with one legend, on white.
[[nodiscard]] std::string draw_plot(const std::string& title, const std::vector<plot_panel>& panels);

} // namespace rollcall::bench
