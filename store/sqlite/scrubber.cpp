#include "store/sqlite/scrubber.hpp"

#include "core/log.hpp"

#include <utility>

namespace rollcall::store::sqlite {

namespace {

// Readers hold the log for the length of a call; a longer one is met again after the interval.
constexpr std::chrono::milliseconds reader_patience{100};

// The writer waits for readers only so long while this lives.
class brief_patience {
public:
  explicit brief_patience(connection& db) : db_(db) { db_.wait_for_locks(reader_patience); }
  ~brief_patience() { db_.wait_for_locks(db_.patience()); }
  brief_patience(const brief_patience&) = delete;
  brief_patience& operator=(const brief_patience&) = delete;

private:
  connection& db_;
};

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
  const brief_patience with(**lent);
  try {
    sql::query q(**lent, "PRAGMA wal_checkpoint(TRUNCATE)"); // busy, frames in the log, frames moved
    has_failed_ = false;
    return q.next() && q.number(0) == 0;
  } catch (...) {
    const auto failed = sql::current_error();
    if (!std::exchange(has_failed_, true)) // a disk stays full for long: once is enough
      core::log(core::log_level::warning, "store", "deleted bytes stay in the write-ahead log for now",
                {{"why", failed.context}});
    return false;
  }
}

} // namespace rollcall::store::sqlite
