/// Empties the write-ahead log soon after a deletion, so that the deleted bytes are in no file of the database any more
/// (`secure_delete` zeroes the pages; the log still holds older copies of them). One thread of its own; owned by the
/// SQLite store. Safe from any thread.
#pragma once

#include "store/sqlite/connection.hpp"

#include <thread>

namespace rollcall::store::sqlite {

class scrubber {
public:
  /// Works on the pool of the writer, which outlives it, at most once in `interval`.
  scrubber(connection_pool& writer, std::chrono::milliseconds interval);
  /// Scrubs once more where it is due.
  ~scrubber();
  scrubber(const scrubber&) = delete;
  scrubber& operator=(const scrubber&) = delete;

  /// Something was deleted: scrub after the interval.
  void ask();

private:
  void run();
  /// True when the log is empty now; false when a reader still needs it.
  [[nodiscard]] bool scrub();

  connection_pool& writer_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_due_ = false;
  bool is_closing_ = false;
  bool has_failed_ = false; ///< of the thread alone: the last attempt met an error
  std::thread thread_;
};

} // namespace rollcall::store::sqlite
