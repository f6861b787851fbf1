#include "shard/id_table.hpp"

#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

namespace rollcall::shard {
namespace {

class id_table_test : public ::testing::Test {
protected:
  void add() {
    ids_.push_back(random_.id());
    table_.add(ids_.size() - 1, ids_);
  }
  // As rows are removed: the last one takes its place.
  void remove(std::size_t row) {
    const auto last = ids_.size() - 1;
    table_.remove(row, ids_);
    gone_.push_back(ids_[row]);
    if (row != last) {
      table_.move(last, row, ids_);
      ids_[row] = ids_[last];
    }
    ids_.pop_back();
  }
  void expect_right() {
    for (std::size_t row = 0; row < ids_.size(); ++row)
      ASSERT_EQ(table_.find(ids_[row], ids_), row);
    for (const auto& id : gone_)
      ASSERT_EQ(table_.find(id, ids_), std::nullopt);
  }

  testing::random_references random_{12};
  id_table::ids ids_;
  id_table table_;
  std::vector<core::uuid> gone_;
};

TEST_F(id_table_test, finds_what_is_there_and_nothing_else) {
  expect_right();
  EXPECT_EQ(table_.find(random_.id(), ids_), std::nullopt);
  for (int i = 0; i < 5'000; ++i)
    add();
  expect_right();
  EXPECT_EQ(table_.find(random_.id(), ids_), std::nullopt);
}

// Small tables, so that chains wrap around and holes lie within them.
TEST_F(id_table_test, is_right_after_any_course_of_changes) {
  for (int run = 0; run < 300; ++run) {
    ids_.clear();
    gone_.clear();
    table_ = {};
    for (int step = 0; step < 60; ++step) {
      if (ids_.empty() || random_.below(5) < 3)
        add();
      else
        remove(random_.below(ids_.size()));
      expect_right();
    }
    while (!ids_.empty()) {
      remove(random_.below(ids_.size()));
      expect_right();
    }
  }
}

TEST_F(id_table_test, takes_few_bytes_an_id) {
  for (int i = 0; i < 100'000; ++i)
    add();
  EXPECT_LE(table_.memory_bytes(), std::size_t{100'000} * 12);
}

} // namespace
} // namespace rollcall::shard
