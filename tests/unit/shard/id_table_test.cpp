#include "shard/id_table.hpp"

#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

namespace rollcall::shard {
namespace {

class id_table_test : public ::testing::Test {
protected:
  void add() {
    ids_.push_back(random_.id());
    ASSERT_TRUE(table_.add(ids_));
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

// One id twice, among those that are new or in the table already, keeps all of them out.
TEST_F(id_table_test, adds_all_rows_or_none) {
  for (int i = 0; i < 1'000; ++i)
    add();
  for (int run = 0; run < 50; ++run) {
    const auto before = ids_.size();
    const auto more = 1 + random_.below(200);
    for (std::size_t i = 0; i < more; ++i)
      ids_.push_back(random_.id());
    gone_.assign(ids_.begin() + static_cast<std::ptrdiff_t>(before), ids_.end());
    const auto twin = ids_[random_.below(2) == 0 ? random_.below(before) : before + random_.below(more)];
    ids_.insert(ids_.begin() + static_cast<std::ptrdiff_t>(before + random_.below(more + 1)), twin);
    ASSERT_FALSE(table_.add(ids_));
    ids_.resize(before);
    expect_right();
    add();
  }
}

TEST_F(id_table_test, room_that_was_made_is_enough) {
  for (int i = 0; i < 100; ++i)
    add();
  table_.reserve(24'576, ids_); // three quarters of a power of two
  expect_right();
  const auto bytes = table_.memory_bytes();
  while (ids_.size() < 24'576)
    add();
  EXPECT_EQ(table_.memory_bytes(), bytes);
  expect_right();
  add();
  EXPECT_GT(table_.memory_bytes(), bytes);
  expect_right();
}

TEST_F(id_table_test, takes_few_bytes_an_id) {
  for (int i = 0; i < 100'000; ++i)
    add();
  EXPECT_LE(table_.memory_bytes(), std::size_t{100'000} * 12);
}

} // namespace
} // namespace rollcall::shard
