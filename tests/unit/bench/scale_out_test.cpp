#include "bench/cluster/scale_out.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

constexpr measured_costs costs{.cores = 4,
                               .scatter_ms = 0.5,
                               .scatter_nodes = 4,
                               .front_us = 20,
                               .node_us = 100,
                               .face_ns_alone = 30,
                               .face_ns = 10,
                               .face_bytes = 2'500,
                               .store_searches_per_s = 1'500,
                               .store_faces_per_s = 20'000};

TEST(scale_out, adds_up_a_point) {
  const auto found = scale_out(costs, 2).at(8, 100e6); // 12.5 million faces a node
  EXPECT_DOUBLE_EQ(found.node_bytes, 62.5e9);
  EXPECT_DOUBLE_EQ(found.alone_ms, 0.5 + 4 * 0.02 + 375);
  EXPECT_DOUBLE_EQ(found.shards_per_s, 4 / 0.1251);
  EXPECT_DOUBLE_EQ(found.front_per_s, 25'000);
  EXPECT_DOUBLE_EQ(found.store_per_s, 1'500);
  EXPECT_DOUBLE_EQ(found.searches_per_s, found.shards_per_s);
  EXPECT_EQ(found.first, saturated::shards);
  EXPECT_DOUBLE_EQ(found.enrolment_hours, 100e6 / 20'000 / 3'600);
}

TEST(scale_out, names_what_saturates_first) {
  EXPECT_EQ(scale_out(costs, 2).at(128, 10e9).first, saturated::shards);
  EXPECT_EQ(scale_out(costs, 2).at(128, 1e6).first, saturated::store);
  EXPECT_EQ(scale_out(costs, 2).at(1'000, 1e6).first, saturated::front);
  EXPECT_DOUBLE_EQ(scale_out(costs, 2).at(1'000, 1e6).searches_per_s, 200);
}

TEST(scale_out, finds_the_nodes_that_fill_the_front) {
  const scale_out of(costs, 2);
  for (const double faces : {1e6, 100e6, 10e9}) {
    const auto found = of.at(of.nodes_that_fill_front(faces), faces);
    EXPECT_NEAR(found.shards_per_s / found.front_per_s, 1, 1e-9) << faces;
  }
}

TEST(scale_out, finds_the_nodes_that_fill_the_store) {
  const scale_out of(costs, 2);
  for (const double faces : {1e6, 100e6, 10e9})
    EXPECT_NEAR(of.at(of.nodes_that_fill_store(faces), faces).shards_per_s, 1'500, 1e-6) << faces;
  auto store_of_plenty = costs;
  store_of_plenty.store_searches_per_s = 50'000; // more than nodes answer that hold nothing
  EXPECT_TRUE(std::isinf(scale_out(store_of_plenty, 2).nodes_that_fill_store(1e6)));
}

} // namespace
} // namespace rollcall::bench
