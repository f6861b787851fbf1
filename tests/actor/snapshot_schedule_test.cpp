#include "actors/replica/snapshot_schedule.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {
namespace {

using namespace std::chrono_literals;
using enum snapshot_step;

const partition_key key{core::collection_key{core::uuid{{1}}}, 0};

class snapshot_schedule_test : public ::testing::Test {
protected:
  snapshot_step see() { return schedule_.see(key, state_, now_); }
  void note_written(std::chrono::milliseconds took = 0ms) { schedule_.note_written(key, state_, now_, took); }
  /// Steps through time as its owner does, and gives how long it took until there was something to do.
  std::pair<snapshot_step, std::chrono::milliseconds> wait() {
    const auto began = now_;
    for (auto step = see();; step = see()) {
      if (step != none)
        return {step, std::chrono::duration_cast<std::chrono::milliseconds>(now_ - began)};
      const auto due = schedule_.due();
      if (!due)
        return {none, 0ms};
      EXPECT_GT(*due, now_) << "it would be looked at without end";
      now_ = std::max(*due, now_ + 1ms);
    }
  }

  core::steady_time now_{1h};
  shard::partition_state state_{5, 0, 1, false};
  snapshot_schedule schedule_{{.after_mutations = 100, .after = 5min, .scrub_after = 30s}};
};

TEST_F(snapshot_schedule_test, what_has_none_gets_one_when_it_is_loaded) {
  state_.is_partial = true;
  EXPECT_EQ(wait().first, none);
  state_.is_partial = false;
  EXPECT_EQ(see(), write);
  note_written();
  EXPECT_EQ(wait().first, none); // and nothing more while nothing changes
  snapshot_schedule fresh{{}};
  state_.seq = 0;
  EXPECT_EQ(fresh.see(key, state_, now_), none); // an empty one that never was otherwise
}

TEST_F(snapshot_schedule_test, changes_are_written_after_a_while_or_when_they_are_many) {
  note_written();
  ++state_.seq;
  EXPECT_EQ(wait(), std::pair(write, std::chrono::milliseconds{5min}));
  note_written();
  state_.seq += 99;
  EXPECT_EQ(see(), none);
  ++state_.seq;
  EXPECT_EQ(see(), write);
}

// Else the bytes written would grow with the square of what comes in.
TEST_F(snapshot_schedule_test, a_growing_partition_is_written_a_few_times_over) {
  note_written();
  std::uint64_t rows_written = 0;
  for (constexpr std::uint64_t all = 1'000'000; state_.seq < all; ++state_.seq, now_ += 1ms)
    if (see() == write) {
      rows_written += state_.seq;
      note_written();
    }
  EXPECT_LT(rows_written, 4 * state_.seq);
  state_.seq += state_.seq;
  EXPECT_EQ(see(), write);
}

TEST_F(snapshot_schedule_test, what_was_removed_leaves_the_disk_in_time) {
  note_written();
  ++state_.seq;
  ++state_.erasures;
  EXPECT_FALSE(schedule_.is_stale(key));
  EXPECT_EQ(wait(), std::pair(write, std::chrono::milliseconds{30s}));
  EXPECT_TRUE(schedule_.is_stale(key));
  schedule_.note_failed(key, now_);
  EXPECT_EQ(wait(), std::pair(write, std::chrono::milliseconds{5s}));
  for (int tries = 0; tries < 2; ++tries) {
    schedule_.note_failed(key, now_);
    EXPECT_EQ(wait().first, write);
  }
  schedule_.note_failed(key, now_);
  EXPECT_EQ(wait().first, remove); // 45 s after the removal
  schedule_.note_removed(key);
  EXPECT_FALSE(schedule_.is_stale(key));
  EXPECT_EQ(wait().first, write); // when it may again
}

TEST_F(snapshot_schedule_test, a_partition_loaded_anew_is_not_the_one_on_disk) {
  note_written();
  ++state_.loads;
  EXPECT_EQ(wait(), std::pair(write, std::chrono::milliseconds{30s}));
}

// A partition that takes ten seconds to write is written for a tenth of the time; what was removed can't wait so long.
TEST_F(snapshot_schedule_test, a_big_partition_does_not_keep_the_disk_busy) {
  note_written(10s);
  state_.seq += 1'000;
  EXPECT_EQ(wait(), std::pair(write, std::chrono::milliseconds{90s}));
  note_written(10s);
  ++state_.erasures;
  EXPECT_EQ(wait(), std::pair(remove, std::chrono::milliseconds{30s}));
  schedule_.note_removed(key);
  EXPECT_EQ(wait(), std::pair(write, std::chrono::milliseconds{60s}));
}

TEST_F(snapshot_schedule_test, what_is_gone_is_forgotten) {
  note_written();
  ++state_.erasures;
  see();
  schedule_.keep_only({});
  EXPECT_FALSE(schedule_.due());
}

} // namespace
} // namespace rollcall::actors
