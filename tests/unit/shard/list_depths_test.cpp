#include "shard/lists/list_depths.hpp"

#include <gtest/gtest.h>

namespace rollcall::shard {
namespace {

void note(list_depths& into, nearest_to what, std::size_t nearer, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i)
    into.note(what, nearer);
}

TEST(list_depths, say_nothing_while_little_was_seen) {
  list_depths depths;
  note(depths, nearest_to::reference, 3, list_depths::least_seen - 1);
  note(depths, nearest_to::probe, 3, list_depths::least_seen - 1);
  EXPECT_FALSE(depths.is_known());
  EXPECT_FALSE(depths.within(0.5));
  depths.note(nearest_to::reference, 3);
  EXPECT_TRUE(depths.is_known());
  EXPECT_EQ(depths.within(0.5), 4U);
}

TEST(list_depths, cover_the_recall_and_half_of_the_rest) {
  list_depths depths;
  note(depths, nearest_to::reference, 0, 940);
  note(depths, nearest_to::reference, 63, 20);
  note(depths, nearest_to::reference, 1'023, 40);
  EXPECT_EQ(depths.within(0.8), 1U);
  EXPECT_EQ(depths.within(0.9), 64U); // 0.95 of all
  EXPECT_EQ(depths.within(0.99), 1'024U);
}

TEST(list_depths, go_by_what_was_searched_for_once_that_is_known) {
  list_depths depths;
  note(depths, nearest_to::reference, 4'095, list_depths::least_seen);
  note(depths, nearest_to::probe, 15, list_depths::least_seen - 1);
  EXPECT_EQ(depths.within(0.99), 4'096U);
  depths.note(nearest_to::probe, 15);
  EXPECT_EQ(depths.within(0.99), 16U);
}

TEST(list_depths, forget_by_and_by) {
  list_depths depths;
  note(depths, nearest_to::probe, 1'023, 8'192);
  note(depths, nearest_to::probe, 0, 40'000);
  EXPECT_LE(depths.seen(nearest_to::probe), 8'192U);
  EXPECT_EQ(depths.within(0.9), 1U);
}

} // namespace
} // namespace rollcall::shard
