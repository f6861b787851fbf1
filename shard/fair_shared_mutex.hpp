/// A shared mutex whose writers do not starve: while one waits, no new reader enters. Any thread.
#pragma once

#include <mutex>
#include <shared_mutex>

namespace rollcall::shard {

/// Readers are searches (milliseconds), writers are applied mutations (microseconds); the C library's own lock lets
/// readers overtake a waiting writer for ever. Meets the standard's Lockable requirements, and SharedLockable's
/// but for its try_ functions. Source: the turnstile of Downey, The Little Book of Semaphores, 4.2.5.
class fair_shared_mutex {
public:
  void lock() {
    const std::lock_guard entry(turnstile_);
    room_.lock();
  }
  /// False where somebody is inside, or waits.
  [[nodiscard]] bool try_lock() {
    const std::unique_lock entry(turnstile_, std::try_to_lock);
    return entry.owns_lock() && room_.try_lock();
  }
  void unlock() { room_.unlock(); }

  void lock_shared() {
    const std::lock_guard entry(turnstile_);
    room_.lock_shared();
  }
  void unlock_shared() { room_.unlock_shared(); }

private:
  std::mutex turnstile_; ///< held by a writer while it waits for the readers in the room
  std::shared_mutex room_;
};

} // namespace rollcall::shard
