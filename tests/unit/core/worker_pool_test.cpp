#include "core/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

using namespace rollcall::core;

TEST(worker_pool, runs_everything_it_took_before_it_closes) {
  std::atomic<int> done = 0;
  {
    worker_pool pool(3, 100);
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(pool.post([&done](std::size_t) { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

TEST(worker_pool, refuses_when_the_queue_is_full_and_after_closing) {
  worker_pool pool(1, 2);
  std::promise<void> started;
  std::promise<void> gate;
  ASSERT_TRUE(pool.post([&](std::size_t) {
    started.set_value();
    gate.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.post([](std::size_t) {}));
  EXPECT_TRUE(pool.post([](std::size_t) {}));
  EXPECT_FALSE(pool.post([](std::size_t) {}));
  gate.set_value();
  pool.close();
  EXPECT_FALSE(pool.post([](std::size_t) {}));
}

TEST(worker_pool, a_worker_runs_one_task_at_a_time) {
  constexpr std::size_t workers = 4;
  std::array<int, workers> busy{}; // no lock: that is the promise
  std::atomic<bool> is_broken = false;
  {
    worker_pool pool(workers, 2'000);
    for (int i = 0; i < 2'000; ++i)
      ASSERT_TRUE(pool.post([&](std::size_t worker) {
        if (++busy[worker] != 1)
          is_broken = true;
        --busy[worker];
      }));
  }
  EXPECT_FALSE(is_broken);
}
