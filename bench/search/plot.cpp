#include "bench/search/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace rollcall::bench {

namespace {

constexpr double width = 420;
constexpr double height = 320;
constexpr double left = 70;
constexpr double top = 64;
constexpr double legend_width = 210;
constexpr double line_height = 20;
constexpr double bottom = 50;
constexpr double panel_step = width + left + 20;
// Apart for eyes that tell red from green badly, too.
constexpr std::array colours{"#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00",
                             "#56b4e9", "#7f7f7f", "#000000", "#8c564b", "#6a3d9a"};

template <class... Values>
std::string print(const char* format, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '&' ? std::string{"&amp;"} : c == '<' ? std::string{"&lt;"} : std::string(1, c);
  return out;
}

std::string label(double x, double y, const char* anchor, const std::string& text, const char* more = "") {
  return print("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>", x, y, anchor, more) + escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return print("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, colour);
}

std::string dot(double x, double y, const char* colour) {
  return print("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x, y, colour);
}

const char* colour_of(std::size_t series) {
  return colours[series % colours.size()];
}

struct frame {
  double x0; ///< of the panel's left edge
  plot_axis recalls;
  plot_axis rates;

  [[nodiscard]] double x(double recall) const { return x0 + width * recalls.at(recall); }
  [[nodiscard]] double y(double rate) const { return top + height * (1 - rates.at(rate)); }
};

std::string draw_axes(const frame& in, const std::string& title) {
  constexpr const char* grid = "#dddddd";
  std::string out = label(in.x0 + width / 2, top - 12, "middle", title, "font-weight=\"bold\"");
  for (const double tick : in.recalls.ticks())
    out += line(in.x(tick), top, in.x(tick), top + height, grid)
           + label(in.x(tick), top + height + 18, "middle", print("%.2f", tick));
  for (const double tick : in.rates.ticks())
    out += line(in.x0, in.y(tick), in.x0 + width, in.y(tick), grid)
           + label(in.x0 - 8, in.y(tick) + 4, "end", print("%.0f", tick));
  out += print("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#444444\"/>\n", in.x0,
               top, width, height);
  return out + label(in.x0 + width / 2, top + height + 40, "middle", "recall of the 10 nearest");
}

std::string draw_series(const frame& in, const plot_series& series, const char* colour) {
  auto points = series.points;
  std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.recall < b.recall; });
  std::string path;
  std::string dots;
  for (const auto& point : points) {
    path += print("%.1f,%.1f ", in.x(point.recall), in.y(point.rate));
    dots += dot(in.x(point.recall), in.y(point.rate), colour);
  }
  return print("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour) + path + "\"/>\n" + dots;
}

std::string draw_legend(double x, const std::vector<plot_series>& series) {
  std::string out;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double y = top + 12 + static_cast<double>(i) * line_height;
    out += dot(x, y - 4, colour_of(i)) + label(x + 12, y, "start", series[i].name);
  }
  return out;
}

std::string draw_panel(const plot_panel& panel, const frame& in) {
  std::string out = draw_axes(in, panel.title);
  for (std::size_t i = 0; i < panel.series.size(); ++i)
    out += draw_series(in, panel.series[i], colour_of(i));
  return out;
}

template <class Value>
std::vector<double> values_of(const std::vector<plot_panel>& panels, Value value) {
  std::vector<double> values;
  for (const auto& panel : panels)
    for (const auto& series : panel.series)
      for (const auto& point : series.points)
        values.push_back(point.*value);
  return values;
}

} // namespace

plot_axis plot_axis::of_recalls(const std::vector<double>& values) {
  constexpr double step = 0.05;
  const double least = values.empty() ? 1 : *std::min_element(values.begin(), values.end());
  return {std::max(0.0, std::min(std::floor(least / step - 1e-9), std::round(1 / step) - 1)) * step, 1, false};
}

plot_axis plot_axis::of_rates(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = std::floor(std::log10(*least) + 1e-9);
  return {std::pow(10, low), std::pow(10, std::max(low + 1, std::ceil(std::log10(*most) - 1e-9))), true};
}

double plot_axis::at(double value) const {
  if (is_logarithmic_)
    return std::log(value / low_) / std::log(high_ / low_);
  return (value - low_) / (high_ - low_);
}

std::vector<double> plot_axis::ticks() const {
  std::vector<double> found;
  constexpr double slack = 1e-9;
  if (is_logarithmic_) {
    for (double tick = low_; tick <= high_ * (1 + slack); tick *= 10)
      found.push_back(tick);
    return found;
  }
  const double step = high_ - low_ > 0.5 ? 0.1 : high_ - low_ > 0.1 ? 0.05 : 0.01;
  for (double tick = low_; tick <= high_ + slack; tick += step)
    found.push_back(tick);
  return found;
}

std::string draw_plot(const std::string& title, const std::vector<plot_panel>& panels) {
  const auto recalls = plot_axis::of_recalls(values_of(panels, &plot_point::recall));
  const auto rates = plot_axis::of_rates(values_of(panels, &plot_point::rate));
  const double all_width = left + static_cast<double>(panels.size()) * panel_step - 20 + legend_width;
  const double all_height = top + height + bottom;
  std::string out =
      print("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
            "font-family=\"sans-serif\" font-size=\"13\" fill=\"#222222\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            all_width, all_height, all_width, all_height);
  out += label(left, 24, "start", title, "font-size=\"16\"") + label(12, top - 12, "start", "probes/s");
  for (std::size_t i = 0; i < panels.size(); ++i)
    out += draw_panel(panels[i], {left + static_cast<double>(i) * panel_step, recalls, rates});
  if (!panels.empty())
    out += draw_legend(left + static_cast<double>(panels.size()) * panel_step, panels.front().series);
  return out + "</svg>\n";
}

} // namespace rollcall::bench
