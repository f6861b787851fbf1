#include "actors/gallery_upkeep.hpp"

#include "core/log.hpp"

#include <exception>

namespace rollcall::actors {

void gallery_upkeep::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_due_ = true;
  }
  changed_.notify_one();
}

void gallery_upkeep::run(shard::gallery& of, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return is_due_; }))
        return;
      is_due_ = false;
    }
    try {
      while (!stop.stop_requested() && of.upkeep())
        std::this_thread::yield();
    } catch (const std::exception& failed) {
      core::log(core::log_level::warning, "shard", "upkeep failed", {{"error", failed.what()}});
    }
  }
}

} // namespace rollcall::actors
