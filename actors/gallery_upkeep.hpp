/// The thread that makes a gallery's later searches cheaper (shard::gallery::upkeep), whenever the gallery has changed.
/// Owned by the SHARD actor's threads.
#pragma once

#include "shard/gallery.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace rollcall::actors {

class gallery_upkeep {
public:
  /// `of` must outlive this.
  explicit gallery_upkeep(shard::gallery& of) : thread_([this, &of](std::stop_token stop) { run(of, stop); }) {}

  /// Says that the gallery has changed. Any thread; never waits for work that is under way.
  void wake();

private:
  void run(shard::gallery& of, const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_due_ = false;
  std::jthread thread_; ///< last: stopped and joined before the rest goes
};

} // namespace rollcall::actors
