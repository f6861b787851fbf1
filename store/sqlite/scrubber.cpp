#include "store/sqlite/scrubber.hpp"

#include "core/log.hpp"

namespace rollcall::store::sqlite {

namespace {

// Readers hold the log for the length of a call; a longer one is met again after the interval.
constexpr int reader_patience_ms = 100;

} // namespace

scrubber::scrubber(connection_pool& writer, std::chrono::milliseconds interval)
    : writer_(writer), interval_(interval), thread_([this] { run(); }) {}

scrubber::~scrubber() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void scrubber::ask() {
  {
    const std::lock_guard lock(mutex_);
    is_due_ = true;
  }
  wake_.notify_all();
}

void scrubber::run() {
  std::unique_lock lock(mutex_);
  while (!is_closing_ || is_due_) {
    wake_.wait(lock, [this] { return is_due_ || is_closing_; });
    const bool is_last = wake_.wait_for(lock, interval_, [this] { return is_closing_; });
    if (!is_due_)
      continue;
    is_due_ = false;
    lock.unlock();
    const bool is_done = scrub();
    lock.lock();
    if (!is_done && !is_last)
      is_due_ = true;
  }
}

bool scrubber::scrub() {
  const auto lent = writer_.borrow(interval_);
  if (!lent)
    return false;
  auto& db = **lent;
  try {
    db.wait_for_locks(std::chrono::milliseconds{reader_patience_ms});
    bool is_empty = false;
    {
      query q(db, "PRAGMA wal_checkpoint(TRUNCATE)"); // busy, frames in the log, frames moved
      is_empty = q.next() && q.number(0) == 0;
    }
    db.wait_for_locks(db.settings().patience);
    return is_empty;
  } catch (...) {
    const auto failed = current_error();
    core::log(core::log_level::warning, "store", "deleted bytes stay in the write-ahead log for now",
              {{"why", failed.context}});
    return false;
  }
}

} // namespace rollcall::store::sqlite
