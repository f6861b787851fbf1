#include "nodes/prometheus_metrics.hpp"

#include <gtest/gtest.h>

namespace rollcall::nodes {
namespace {

TEST(prometheus_metrics, text_has_every_kind_with_its_labels) {
  prometheus_metrics metrics;
  metrics.make_counter("rollcall_a_total", "help a", {{"x", "1"}}).add(2);
  metrics.make_gauge("rollcall_b", "help b", {}).set(1.5);
  metrics.make_histogram("rollcall_c_seconds", "help c", {}, {0.1, 1}).observe(0.5);
  const auto text = metrics.text();
  EXPECT_NE(text.find("# HELP rollcall_a_total help a\n# TYPE rollcall_a_total counter\nrollcall_a_total{x=\"1\"} 2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("rollcall_b 1.5\n"), std::string::npos);
  EXPECT_NE(text.find("rollcall_c_seconds_bucket{le=\"0.1\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("rollcall_c_seconds_bucket{le=\"1\"} 1\n"), std::string::npos);
}

TEST(prometheus_metrics, the_same_name_and_labels_give_the_same_object) {
  prometheus_metrics metrics;
  auto& first = metrics.make_counter("rollcall_a_total", "help", {{"x", "1"}});
  EXPECT_EQ(&first, &metrics.make_counter("rollcall_a_total", "help", {{"x", "1"}}));
  EXPECT_NE(&first, &metrics.make_counter("rollcall_a_total", "help", {{"x", "2"}}));
}

} // namespace
} // namespace rollcall::nodes
