#include "nodes/figures.hpp"
#include "nodes/prometheus_metrics.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
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

TEST(prometheus_metrics, sums_what_has_one_name) {
  prometheus_metrics metrics;
  metrics.make_counter("rollcall_a_total", "help", {{"x", "1"}}).add(2);
  metrics.make_counter("rollcall_a_total", "help", {{"x", "2"}}).add(3);
  metrics.make_counter("rollcall_a_total_more", "help", {}).add(100);
  metrics.make_gauge("rollcall_b", "help", {}).set(1.5);
  EXPECT_EQ(metrics.total("rollcall_a_total"), 5);
  EXPECT_EQ(metrics.total("rollcall_a_total", [](const auto& with) { return with.at("x") == "2"; }), 3);
  EXPECT_EQ(metrics.total("rollcall_b"), 1.5);
  EXPECT_EQ(metrics.total("rollcall_c"), 0);
  for (const auto* x : {"1", "2"})
    metrics.make_histogram("rollcall_d_seconds", "help", {{"x", x}}, {0.1, 1}).observe(0.5);
  metrics.make_histogram("rollcall_d_seconds", "help", {{"x", "2"}}, {0.1, 1}).observe(9);
  const auto spread = metrics.distribution("rollcall_d_seconds");
  ASSERT_EQ(spread.size(), 3U);
  EXPECT_EQ(spread.at(0.1), 0U);
  EXPECT_EQ(spread.at(1), 2U);
  EXPECT_EQ(spread.rbegin()->second, 1U);
}

TEST(figures, tell_requests_and_their_times) {
  prometheus_metrics metrics;
  for (const auto* code : {"ok", "ok", "internal"})
    metrics.make_counter("rollcall_requests_total", "help", {{"operation", "x"}, {"code", code}}).add();
  metrics.make_histogram("rollcall_request_seconds", "help", {{"operation", "x"}}, {0.5}).observe(2);
  metrics.make_gauge("rollcall_shard_outstanding", "help", {{"shard", "0"}}).set(7);
  EXPECT_EQ(figures_of(metrics, std::chrono::milliseconds{1'500}, {}),
            "{\"up_ms\":1500,\"requests\":3E0,\"failed\":1E0,\"refused\":0E0,\"in_flight\":0E0,\"searches\":7E0,"
            "\"pictures\":0E0,\"store\":0E0,\"seconds\":[[5E-1,0],[null,1]],\"loads\":[],\"held\":[]}");
  const core::collection_key collection{core::uuid{{1}}};
  const actors::replica_status load{{collection, 3},         actors::replica_state::loading, "b", 10, 40, 2.5,
                                    std::chrono::seconds{12}};
  const auto told = boost::json::parse(figures_of(metrics, {}, {.loads = {load}})).at("loads").at(0);
  EXPECT_EQ(told, (boost::json::object{{"collection", "01000000-0000-0000-0000-000000000000"},
                                       {"partition", 3},
                                       {"source", "b"},
                                       {"rows", 10},
                                       {"rows_wanted", 40},
                                       {"rows_per_s", 3.0},
                                       {"left_ms", 12'000}}));
}

TEST(figures, tell_the_largest_collections_and_what_searches_find) {
  const prometheus_metrics metrics;
  actors::shard_work work{.recall = {.share = 0.5, .low = 0.25, .high = 0.75, .searches = 8}};
  for (std::uint8_t number = 1; number <= most_collections_told + 1; ++number)
    work.held.push_back({core::collection_key{core::uuid{{number}}}, {2, number, {number, 1, 2, 3, 4}}});
  const auto told = boost::json::parse(figures_of(metrics, {}, work));
  const auto& held = told.at("held").as_array();
  ASSERT_EQ(held.size(), most_collections_told);
  EXPECT_EQ(held.front(),
            (boost::json::object{
                {"collection", "21000000-0000-0000-0000-000000000000"},
                {"partitions", 2},
                {"references", 33},
                {"bytes", boost::json::object{
                              {"coarse_codes", 33}, {"fine_codes", 1}, {"embeddings", 2}, {"ids", 3}, {"lists", 4}}}}));
  EXPECT_EQ(held.back().at("references"), 2);
  EXPECT_EQ(told.at("recall"), (boost::json::object{{"share", 0.5}, {"low", 0.25}, {"high", 0.75}, {"searches", 8}}));
}

} // namespace
} // namespace rollcall::nodes
