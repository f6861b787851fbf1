#include "bench/search/figures.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

TEST(search_figures, counts_recall_of_the_nearest_alone) {
  const neighbours truth{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  const neighbours found{{1, 3, 8}, {6, 5, 4}, {9, 8, 7}};
  EXPECT_DOUBLE_EQ(recall(found, truth, 0, 1, 1), 1.0 / 3);
  EXPECT_DOUBLE_EQ(recall(found, truth, 0, 1, 2), 3.0 / 6); // row 3 is none of the two nearest; 5 and 8 are found
  EXPECT_DOUBLE_EQ(recall(found, truth, 0, 1, 3), 8.0 / 9);
}

TEST(search_figures, counts_each_kind_of_probe_alone) {
  const neighbours truth{{1}, {2}, {3}, {4}};
  const neighbours found{{1}, {9}, {3}, {4}};
  EXPECT_DOUBLE_EQ(recall(found, truth, 0, 2, 1), 1);
  EXPECT_DOUBLE_EQ(recall(found, truth, 1, 2, 1), 0.5);
}

TEST(search_figures, counts_what_is_missing_as_not_found) {
  EXPECT_DOUBLE_EQ(recall({{1}}, {{1, 2, 3, 4}}, 0, 1, 4), 0.25);
  EXPECT_DOUBLE_EQ(recall({{}}, {{1, 2}}, 0, 1, 2), 0);
}

search_row row(const char* engine, double recall_of_all, double rate, unsigned threads = 1) {
  search_row made;
  made.engine = engine;
  made.threads = threads;
  made.found = {recall_of_all, recall_of_all, recall_of_all, recall_of_all};
  made.rates[32] = rate;
  return made;
}

TEST(search_figures, compares_with_the_fastest_of_no_less_recall) {
  const std::vector<search_row> rows{row("ours", 0.99, 100), row("graph", 0.98, 900), row("graph", 0.99, 50),
                                     row("graph", 1, 25), row("flat", 1, 2)};
  EXPECT_EQ(best_rival(rows, rows[0], 32), &rows[2]);
  EXPECT_DOUBLE_EQ(*over_best_rival(rows, rows[0], 32), 2);
  EXPECT_EQ(best_rival(rows, rows[3], 32), &rows[4]); // not another effort of the same engine
}

TEST(search_figures, wants_no_less_of_every_recall) {
  std::vector<search_row> rows{row("ours", 0.9, 100), row("graph", 1, 50)};
  rows[1].found.unmated_10 = 0.8;
  EXPECT_EQ(best_rival(rows, rows[0], 32), nullptr);
}

TEST(search_figures, compares_like_with_like_or_says_nothing) {
  const std::vector<search_row> rows{row("ours", 1, 100), row("flat", 1, 2, 2), row("graph", 0.5, 500)};
  EXPECT_FALSE(over_best_rival(rows, rows[0], 32)); // on two threads
  EXPECT_FALSE(over_best_rival(rows, rows[1], 8));  // not measured
}

TEST(search_figures, compares_lists_with_the_fastest_rival_that_keeps_the_floor) {
  const std::vector<search_row> rows{row("ours-lists", 0.98, 900), row("ours-lists", 0.992, 300),
                                     row("ours-lists", 0.999, 80), row("graph", 0.991, 100),
                                     row("graph", 0.97, 400),      row("tree", 0.995, 20),
                                     row("graph", 0.999, 500, 2)};
  EXPECT_DOUBLE_EQ(*lists_over(rows, {"graph", "tree"}, 0.99, 32), 3);
  EXPECT_DOUBLE_EQ(*lists_over(rows, {"tree"}, 0.99, 32), 4);  // 0.992 is less than the rival's 0.995
  EXPECT_DOUBLE_EQ(*lists_over(rows, {"tree"}, 0.996, 32), 4); // which it does not keep: see below
  EXPECT_FALSE(lists_over(rows, {"graph"}, 0.99, 8));
  EXPECT_FALSE(lists_over({row("tree", 1, 20)}, {"tree"}, 0.99, 32));
}

TEST(search_figures, compares_lists_with_the_rival_that_finds_most_where_none_keeps_the_floor) {
  const std::vector<search_row> rows{row("ours-lists", 0.98, 900), row("ours-lists", 0.992, 300),
                                     row("graph", 0.97, 400), row("graph", 0.985, 100)};
  EXPECT_DOUBLE_EQ(*lists_over(rows, {"graph"}, 0.99, 32), 3);
  EXPECT_FALSE(lists_over(rows, {"graph"}, 0.995, 32)); // nor do ours
}

} // namespace
} // namespace rollcall::bench
