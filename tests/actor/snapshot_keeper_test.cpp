// The thread that keeps a node's snapshots new, on a real disk and one that fails.
#include "actors/replica/snapshot_keeper.hpp"

#include "tests/support/process.hpp"
#include "tests/unit/shard/snapshot_fixture.hpp"

#include <atomic>
#include <thread>

namespace rollcall::actors {
namespace {

using core::reference_kind;
using namespace std::chrono_literals;

class snapshot_keeper_test : public shard::testing::snapshot_fixture {
protected:
  [[nodiscard]] snapshot_settings settings() {
    snapshot_settings made;
    made.cluster = of_.cluster;
    made.references_stay = references_stay_;
    made.limits = {.after_mutations = 1'000, .after = 1h, .scrub_after = 100ms};
    made.remember = [this](const partition_key& of, const core::sha256_digest& digest,
                           const std::optional<core::sha256_digest>& kept) -> core::status {
      if (is_store_away_)
        return core::fail(core::error_code::unavailable, "the store is away");
      const std::lock_guard lock(mutex_);
      auto& known = known_[of];
      std::erase_if(known, [&](const auto& one) { return one != kept; });
      known.insert(digest);
      return core::nothing{};
    };
    return made;
  }
  void start() {
    auto directory = shard::snapshot_directory::make(scratch_.path());
    ASSERT_TRUE(directory);
    keeper_ = std::make_unique<snapshot_keeper>(held_, *std::move(directory), settings(), metrics_);
  }
  [[nodiscard]] partition_key key() const { return {of_.collection, of_.partition}; }
  /// What the file holds now; nothing where there is none. The store knows it.
  std::optional<shard::testing::references> on_disk() {
    const auto file = eyes_->open(key());
    if (!file)
      return std::nullopt;
    const auto got = shard::testing::read(**(*file)->read({0, (*file)->bytes()}), of_);
    EXPECT_TRUE(got) << (got ? "" : got.failure().message);
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(got && known_[key()].contains(got->digest));
    return got ? got->held : shard::testing::references{};
  }
  template <class Condition>
  static bool wait_until(const Condition& is_so) {
    for (const auto until = core::deadline::in(20s); !until.has_passed(); std::this_thread::yield())
      if (is_so())
        return true;
    return false;
  }

  test::temp_dir scratch_;
  const core::result<shard::snapshot_directory> eyes_ = shard::snapshot_directory::make(scratch_.path());
  std::atomic<bool> is_store_away_ = false;
  bool references_stay_ = false; ///< set before `start`
  std::mutex mutex_;
  std::map<partition_key, std::set<std::optional<core::sha256_digest>>> known_;
  snapshot_metrics metrics_{core::null_metrics()};
  std::unique_ptr<snapshot_keeper> keeper_;
};

TEST_F(snapshot_keeper_test, what_is_loaded_is_written_and_what_is_removed_leaves_the_disk) {
  fill(200, 5);
  start();
  keeper_->hold({key()});
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
  fill(10); // not enough for another one
  const core::uuid gone = expected_.begin()->first.second;
  remove(expected_.begin()->first.first, gone);
  keeper_->wake();
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
}

TEST_F(snapshot_keeper_test, references_that_may_stay_in_files_follow_each_new_one) {
  fill(6'000);
  const auto before = held_.size().memory.total();
  references_stay_ = true;
  start();
  keeper_->hold({key()});
  ASSERT_TRUE(wait_until([&] { return held_.size().memory.total() < before * 2 / 3; }));
  const core::uuid gone = expected_.begin()->first.second;
  remove(expected_.begin()->first.first, gone);
  keeper_->wake();
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
  ASSERT_TRUE(wait_until([&] { return shard::testing::mapped_files().second == 0; }));
}

TEST_F(snapshot_keeper_test, what_was_removed_just_before_the_end_is_on_no_disk_afterwards) {
  fill(50);
  start();
  keeper_->hold({key()});
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
  remove(reference_kind::face, core::uuid{expected_.begin()->first.second});
  keeper_.reset();
  EXPECT_EQ(on_disk(), expected_);
  start();
  keeper_->hold({key()});
  keeper_->note_loaded(key(), seq_);
  remove(reference_kind::face, core::uuid{expected_.begin()->first.second});
  is_store_away_ = true; // it can't be written
  keeper_.reset();
  EXPECT_FALSE(on_disk());
}

TEST_F(snapshot_keeper_test, what_cannot_be_written_in_time_is_removed) {
  fill(50);
  start();
  keeper_->hold({key()});
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
  is_store_away_ = true;
  remove(reference_kind::face, core::uuid{expected_.begin()->first.second});
  keeper_->wake();
  ASSERT_TRUE(wait_until([&] { return !on_disk(); }));
}

TEST_F(snapshot_keeper_test, a_partition_that_is_not_held_leaves_no_file) {
  fill(50);
  start();
  keeper_->hold({key()});
  ASSERT_TRUE(wait_until([&] { return on_disk().has_value(); }));
  keeper_->hold({{of_.collection, of_.partition + 1}});
  held_.drop(of_.collection);
  keeper_->wake();
  ASSERT_TRUE(wait_until([&] { return !on_disk(); }));
}

TEST_F(snapshot_keeper_test, files_stay_until_the_map_is_known) {
  fill(50);
  start();
  keeper_->hold({key()});
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
  keeper_.reset();
  held_.drop(of_.collection);
  start();
  keeper_->wake();
  keeper_.reset();
  EXPECT_EQ(on_disk(), expected_);
}

TEST_F(snapshot_keeper_test, what_was_of_no_use_goes) {
  fill(50);
  start();
  keeper_->hold({key()});
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
  is_store_away_ = true;
  keeper_->discard(key());
  ASSERT_TRUE(wait_until([&] { return !on_disk(); }));
  is_store_away_ = false;
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
}

// While one partition is loading, one that lost something is written, and one that has much that is new is not.
TEST_F(snapshot_keeper_test, loads_come_first) {
  const partition_key loading{of_.collection, of_.partition + 1};
  const partition_key last{of_.collection, of_.partition + 2};
  const auto id = random_.id();
  const auto face = random_.embedding(dimension_);
  fill(50);
  ASSERT_TRUE(held_.apply({last.first, last.second, {{1, reference_kind::face, id, face}}}));
  start();
  keeper_->hold({key(), last});
  const auto digest = [&] { return eyes_->digest(last); };
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_ && digest(); }));
  const auto before = expected_;
  keeper_->hold({key(), loading, last});
  held_.begin_load(loading.first, loading.second);
  fill(1'500);
  const auto old = digest();
  ASSERT_TRUE(held_.apply({last.first, last.second, {{2, reference_kind::face, id, {}}}}));
  keeper_->wake();
  ASSERT_TRUE(wait_until([&] { return digest() != old; }));
  EXPECT_EQ(on_disk(), before); // it comes before the last, and was passed over
  held_.load_from(loading.first, loading.second, 1);
  keeper_->wake();
  ASSERT_TRUE(wait_until([&] { return on_disk() == expected_; }));
}

} // namespace
} // namespace rollcall::actors
