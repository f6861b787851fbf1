// The checker catches an answer that is wrong in each way, and lets through what is right.
#include "bench/chaos/history.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

using namespace std::chrono_literals;

core::steady_time at(int second) {
  return core::steady_time{} + std::chrono::seconds{second};
}

class history_test : public ::testing::Test {
protected:
  history_test() {
    seen_.begin_add("p", "kept", at(1));
    seen_.end_add("kept", at(2));
    seen_.begin_add("p", "gone", at(1));
    seen_.end_add("gone", at(2));
    seen_.begin_remove("gone", at(10));
    seen_.end_remove("gone", at(12));
    seen_.begin_add("q", "other", at(1));
    seen_.end_add("other", at(2));
  }
  std::size_t faults(int begun, int ended, std::vector<std::string> faces, bool is_complete = true,
                     bool is_current = true) {
    return seen_.check({"p", at(begun), at(ended), std::move(faces), is_complete, is_current}).size();
  }

  history seen_;
};

TEST_F(history_test, what_happens_during_a_search_may_be_in_its_answer_or_not) {
  for (const auto& [begun, ended] : {std::pair{9, 10}, {11, 11}, {9, 13}, {12 - 1, 13}}) {
    EXPECT_EQ(faults(begun, ended, {"kept"}), 0U) << begun;
    EXPECT_EQ(faults(begun, ended, {"kept", "gone"}), 0U) << begun;
  }
  EXPECT_EQ(faults(1, 1, {}), 0U);
  EXPECT_EQ(faults(1, 3, {"kept"}), 0U);
  EXPECT_EQ(seen_.sum().answers, 10U);
}

TEST_F(history_test, a_face_that_is_missing_is_lost) {
  EXPECT_EQ(faults(2, 3, {"kept"}), 1U);
  EXPECT_EQ(faults(13, 14, {}), 1U);
  EXPECT_EQ(seen_.sum().lost, (std::set<std::string>{"gone", "kept"}));
  EXPECT_EQ(seen_.sum().unmarked_partials, 2U);
  EXPECT_EQ(faults(13, 14, {}, false), 0U); // it says so
  EXPECT_EQ(faults(13, 14, {}, true, false), 0U);
  EXPECT_EQ(seen_.sum().marked_partials, 1U);
  EXPECT_EQ(seen_.sum().not_current, 1U);
  EXPECT_EQ(seen_.sum().unmarked_partials, 2U);
}

TEST_F(history_test, a_face_that_was_removed_or_never_was_there_is_not_found) {
  EXPECT_EQ(faults(12, 13, {"kept", "gone"}), 1U);
  EXPECT_EQ(faults(12, 13, {"kept", "gone"}, true, false), 0U); // what is not current may be old
  EXPECT_EQ(faults(12, 13, {"kept", "nobody"}), 1U);
  EXPECT_EQ(faults(12, 13, {"kept", "other"}), 1U);
  seen_.begin_add("p", "later", at(20));
  EXPECT_EQ(faults(12, 13, {"kept", "later"}), 1U);
  EXPECT_EQ(seen_.sum().resurrected, (std::set<std::string>{"gone", "later", "nobody", "other"}));
}

TEST_F(history_test, a_face_is_found_once) {
  EXPECT_EQ(faults(13, 14, {"kept", "kept"}), 1U);
  EXPECT_EQ(seen_.sum().duplicates, 1U);
}

TEST_F(history_test, what_was_not_acknowledged_is_uncertain) {
  seen_.begin_add("p", "tried", at(3));
  seen_.begin_remove("kept", at(4));
  EXPECT_EQ(faults(13, 14, {}), 0U);
  EXPECT_EQ(faults(13, 14, {"tried", "kept"}), 0U);
  EXPECT_TRUE(seen_.living("p").empty());
  EXPECT_EQ(seen_.living("q"), std::vector<std::string>{"other"});
  EXPECT_TRUE(seen_.living("nobody").empty());
}

} // namespace
} // namespace rollcall::bench
