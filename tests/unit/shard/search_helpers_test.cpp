// Who runs a search's shares, and that nobody does after it returned.
#include "shard/search_helpers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>

namespace rollcall::shard {
namespace {

constexpr std::chrono::seconds patience{30};

/// Threads that wait for each other.
class meeting {
public:
  /// Whether `count` threads have come before patience ends.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
    changed_.notify_all();
    return changed_.wait_for(lock, patience, [&] { return threads_.size() >= count; });
  }
  [[nodiscard]] std::size_t size() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::thread::id> threads_;
};

TEST(search_helpers, run_a_share_on_every_thread) {
  search_helpers helpers(2);
  for (int search = 0; search < 100; ++search) {
    meeting all;
    std::atomic<int> shares{0};
    std::atomic<int> ended{0};
    helpers.run([&] {
      ++shares;
      EXPECT_TRUE(all.wait_for(3));
      ++ended;
    });
    EXPECT_EQ(shares, 3);
    EXPECT_EQ(ended, 3);
  }
}

TEST(search_helpers, leave_searches_alone_that_are_not_alone) {
  search_helpers helpers(1);
  meeting all;
  helpers.run([&] {
    EXPECT_TRUE(all.wait_for(2));
    std::set<std::thread::id> inner;
    helpers.run([&] { inner.insert(std::this_thread::get_id()); });
    EXPECT_EQ(inner, std::set{std::this_thread::get_id()});
  });
  EXPECT_EQ(all.size(), 2U);
}

// Work that is counted off to its end, by searches of several threads.
TEST(search_helpers, do_all_work_once) {
  constexpr int units = 50;
  search_helpers helpers(3);
  std::vector<std::thread> searches;
  for (int searcher = 0; searcher < 3; ++searcher)
    searches.emplace_back([&] {
      for (int search = 0; search < 500; ++search) {
        std::atomic<int> next{0};
        std::atomic<int> done{0};
        helpers.run([&] {
          while (next++ < units)
            ++done;
        });
        ASSERT_EQ(done, units);
      }
    });
  for (auto& one : searches)
    one.join();
}

} // namespace
} // namespace rollcall::shard
