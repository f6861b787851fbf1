#include "core/agenda.hpp"

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

constexpr steady_time start{};

TEST(agenda, gives_what_is_due_in_the_order_of_its_times) {
  agenda<char> tasks;
  tasks.add(start + 30ms, 'c');
  tasks.add(start + 10ms, 'a');
  tasks.add(start + 20ms, 'b');
  tasks.add(start + 20ms, 'x'); // of the same time: in the order in which they came
  EXPECT_TRUE(tasks.take(start + 9ms).empty());
  EXPECT_EQ(tasks.take(start + 20ms), (std::vector<char>{'a', 'b', 'x'}));
  EXPECT_EQ(tasks.take(start + 1s), (std::vector<char>{'c'}));
  EXPECT_TRUE(tasks.take(start + 1s).empty());
}

TEST(agenda, forgets_what_is_removed_and_nothing_else) {
  agenda<char> tasks;
  const auto a = tasks.add(start + 10ms, 'a');
  tasks.add(start + 10ms, 'b');
  EXPECT_TRUE(tasks.remove(a));
  EXPECT_EQ(tasks.take(start + 10ms), (std::vector<char>{'b'}));
  EXPECT_FALSE(tasks.remove(a)); // is gone already
  tasks.add(start + 10ms, 'c');
  EXPECT_EQ(tasks.take(start + 10ms), (std::vector<char>{'c'}));
}

TEST(agenda, wants_one_wake_for_the_first_of_all) {
  agenda<char> tasks;
  EXPECT_FALSE(tasks.next_wake(start));
  tasks.add(start + 10ms, 'a');
  EXPECT_EQ(tasks.next_wake(start), 10ms);
  tasks.add(start + 20ms, 'b');
  EXPECT_FALSE(tasks.next_wake(start + 1ms)); // that of the first is on its way
  tasks.add(start + 5ms, 'c');
  EXPECT_EQ(tasks.next_wake(start + 1ms), 4ms); // too late for this one
  EXPECT_EQ(tasks.take(start + 5ms).size(), 1U);
  EXPECT_EQ(tasks.next_wake(start + 5ms), 5ms);
  EXPECT_EQ(tasks.take(start + 10ms).size(), 1U);
  EXPECT_EQ(tasks.next_wake(start + 10ms), 10ms);
  EXPECT_EQ(tasks.take(start + 20ms).size(), 1U);
  EXPECT_FALSE(tasks.next_wake(start + 20ms));
}

TEST(agenda, wakes_a_grain_apart_at_the_earliest) {
  agenda<char> tasks;
  tasks.add(start, 'a');
  EXPECT_EQ(tasks.next_wake(start + 3ms), agenda<char>::grain); // late already
  tasks.add(start + 3ms, 'b');
  EXPECT_FALSE(tasks.next_wake(start + 3ms));
}

TEST(agenda, a_wake_that_was_for_something_removed_serves_what_is_there) {
  agenda<char> tasks;
  tasks.remove(tasks.add(start + 10ms, 'a'));
  EXPECT_FALSE(tasks.next_wake(start));
  const auto b = tasks.add(start + 10ms, 'b');
  EXPECT_EQ(tasks.next_wake(start), 10ms);
  tasks.remove(b);
  tasks.add(start + 15ms, 'c');
  EXPECT_FALSE(tasks.next_wake(start + 2ms)); // the one at 10 will see to it
  EXPECT_TRUE(tasks.take(start + 10ms).empty());
  EXPECT_EQ(tasks.next_wake(start + 10ms), 5ms);
}

} // namespace
} // namespace rollcall::core
