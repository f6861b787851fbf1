/// The thread that makes a gallery's later searches cheaper (shard::gallery::upkeep), whenever the gallery has changed
/// or searches asked for more than it is ready for, checks now and then whether a face finds itself, and measures what
/// searches with a recall floor find. Owned by the SHARD actor's threads.
#pragma once

#include "actors/replica/shard_metrics.hpp"
#include "shard/gallery.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace rollcall::actors {

class gallery_upkeep {
public:
  /// Both outlive this. One check in `between`, or rarer: checks take a thousandth of the thread's time at most.
  gallery_upkeep(shard::gallery& of, shard_metrics& metrics, std::chrono::milliseconds between = default_between)
      : gallery_(of), metrics_(metrics), between_(between), thread_([this](std::stop_token stop) { run(stop); }) {}

  /// Says that the gallery has changed. Any thread; never waits for work that is under way.
  void wake();

private:
  static constexpr std::chrono::seconds default_between{10};
  void run(const std::stop_token& stop);
  void wait(const std::stop_token& stop);
  void check();
  void measure();

  shard::gallery& gallery_;
  shard_metrics& metrics_;
  std::chrono::steady_clock::duration between_;
  std::chrono::steady_clock::time_point next_check_ = std::chrono::steady_clock::now() + between_;
  static constexpr std::chrono::seconds idle{1}; ///< until it is looked whether a search is to be run again
  std::chrono::steady_clock::time_point next_measure_ = std::chrono::steady_clock::now() + idle;
  std::mt19937_64 draw_{std::random_device{}()};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_due_ = false;
  std::jthread thread_; ///< last: stopped and joined before the rest goes
};

} // namespace rollcall::actors
