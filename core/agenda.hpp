/// What an actor has to do at which time, with one message on its way for all of it: each timer of CAF's, and each one
/// taken back, wakes the thread of its clock. A plain class, part of one actor's state.
#pragma once

#include "core/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace rollcall::core {

template <class Task>
class agenda {
public:
  using duration = steady_time::duration;
  /// Names an entry; in the order of their times.
  using entry = std::pair<steady_time, std::uint64_t>;

  /// Wakes come so far apart at least, so a task is done so much late at most.
  static constexpr std::chrono::milliseconds grain{1};

  entry add(steady_time at, Task what) { return tasks_.emplace(entry{at, ++last_}, std::move(what)).first->first; }

  /// False, without effect, when it was taken before.
  bool remove(const entry& which) { return tasks_.erase(which) != 0; }

  /// What is due, earliest first. Call it when a wake comes.
  [[nodiscard]] std::vector<Task> take(steady_time now) {
    if (wake_ && *wake_ <= now)
      wake_.reset();
    std::vector<Task> due;
    while (!tasks_.empty() && tasks_.begin()->first.first <= now)
      due.push_back(std::move(tasks_.extract(tasks_.begin()).mapped()));
    return due;
  }

  /// After which time a wake must come that none on its way comes early enough for. Whoever asks sends it.
  [[nodiscard]] std::optional<duration> next_wake(steady_time now) {
    if (tasks_.empty())
      return std::nullopt;
    const auto at = std::max<steady_time>(tasks_.begin()->first.first, now + grain);
    if (wake_ && *wake_ <= at)
      return std::nullopt;
    wake_ = at;
    return at - now;
  }

private:
  std::map<entry, Task> tasks_;
  std::uint64_t last_ = 0;
  std::optional<steady_time> wake_; ///< on its way, the earliest
};

} // namespace rollcall::core
