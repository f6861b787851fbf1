#include "bench/search/plot.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

TEST(search_plot, begins_recalls_below_the_least) {
  const auto axis = plot_axis::of_recalls({0.87, 1, 0.93});
  EXPECT_NEAR(axis.at(0.85), 0, 1e-9);
  EXPECT_NEAR(axis.at(1), 1, 1e-9);
  EXPECT_NEAR(axis.at(0.925), 0.5, 1e-9);
  EXPECT_NEAR(plot_axis::of_recalls({0.85}).at(0.8), 0, 1e-9); // not on the edge
}

TEST(search_plot, has_room_where_all_are_exact) {
  const auto axis = plot_axis::of_recalls({1, 1});
  EXPECT_NEAR(axis.at(0.95), 0, 1e-9);
  EXPECT_NEAR(axis.at(1), 1, 1e-9);
  EXPECT_NEAR(plot_axis::of_recalls({0}).at(0), 0, 1e-9);
}

TEST(search_plot, spreads_rates_by_their_logarithm) {
  const auto axis = plot_axis::of_rates({2, 800});
  EXPECT_NEAR(axis.at(1), 0, 1e-9);
  EXPECT_NEAR(axis.at(1'000), 1, 1e-9);
  EXPECT_NEAR(axis.at(10), 1.0 / 3, 1e-9);
  EXPECT_EQ(axis.ticks().size(), 4U);
  EXPECT_NEAR(plot_axis::of_rates({100}).at(1'000), 1, 1e-9); // one rate alone has an axis, too
}

TEST(search_plot, numbers_recalls_as_the_room_allows) {
  const auto ticks = plot_axis::of_recalls({0.91}).ticks();
  ASSERT_EQ(ticks.size(), 11U);
  EXPECT_NEAR(ticks.front(), 0.9, 1e-9);
  EXPECT_NEAR(ticks.back(), 1, 1e-9);
  EXPECT_EQ(plot_axis::of_recalls({0.72}).ticks().size(), 7U);
}

TEST(search_plot, joins_points_by_recall) {
  const auto drawn = [](const std::vector<plot_point>& points) {
    return draw_plot("faces", {{"panel", {{"one", points}}}});
  };
  EXPECT_EQ(drawn({{0.97, 3}, {0.9, 10}, {0.95, 5}}), drawn({{0.9, 10}, {0.95, 5}, {0.97, 3}}));
}

TEST(search_plot, draws_every_point_and_a_legend) {
  const std::vector<plot_series> series{{"one <&> a", {{0.9, 10}, {0.95, 5}}}, {"two", {{1, 100}}}};
  const auto svg = draw_plot("faces", {{"left", series}, {"right", series}});
  EXPECT_EQ(count(svg, "<polyline"), 4U);
  EXPECT_EQ(count(svg, "<circle"), 6U + 2U); // and the legend's
  EXPECT_EQ(count(svg, "one &lt;&amp;> a"), 1U);
  EXPECT_EQ(count(svg, "<svg"), 1U);
  EXPECT_EQ(count(svg, "</svg>"), 1U);
}

} // namespace
} // namespace rollcall::bench
