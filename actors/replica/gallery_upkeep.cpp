#include "actors/replica/gallery_upkeep.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <exception>

namespace rollcall::actors {

void gallery_upkeep::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_due_ = true;
  }
  changed_.notify_one();
}

// Until the gallery has changed, or the time of a check has come.
void gallery_upkeep::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, std::min(next_check_, next_measure_), [this] { return is_due_; });
  is_due_ = false;
}

void gallery_upkeep::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    wait(stop);
    try {
      while (!stop.stop_requested() && gallery_.upkeep())
        std::this_thread::yield();
      if (!stop.stop_requested() && std::chrono::steady_clock::now() >= next_check_)
        check();
      if (!stop.stop_requested() && std::chrono::steady_clock::now() >= next_measure_)
        measure();
    } catch (const std::exception& failed) {
      core::log(core::log_level::warning, "shard", "upkeep failed", {{"error", failed.what()}});
    }
  }
}

void gallery_upkeep::measure() {
  constexpr int at_most = 20; // times what a search of everything takes, until the next
  const auto began = std::chrono::steady_clock::now();
  const bool is_done = gallery_.measure_recall();
  const auto ended = std::chrono::steady_clock::now();
  next_measure_ = ended + (is_done ? at_most * (ended - began) : idle);
  if (!is_done)
    return;
  const auto now = gallery_.recall();
  metrics_.recall_searches.add();
  metrics_.recall_share.set(now.share);
  metrics_.recall_low.set(now.low);
  metrics_.recall_high.set(now.high);
}

void gallery_upkeep::check() {
  constexpr int at_most = 1'000; // times what a check takes, until the next
  const auto began = std::chrono::steady_clock::now();
  next_check_ = began + between_; // also where it fails
  const auto checked = gallery_.check_one(draw_());
  const auto ended = std::chrono::steady_clock::now();
  next_check_ = ended + std::max<std::chrono::steady_clock::duration>(between_, at_most * (ended - began));
  if (!checked)
    return;
  metrics_.self_checks.add();
  if (checked->is_found)
    return;
  metrics_.self_misses.add();
  core::log(core::log_level::failure, "shard", "a face does not find itself; restart the node, and tell us",
            {{"collection", core::to_string(checked->collection)},
             {"partition", std::to_string(checked->partition)},
             {"face", core::to_string(checked->face)}});
}

} // namespace rollcall::actors
