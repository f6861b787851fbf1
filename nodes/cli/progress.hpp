/// A progress bar on stderr, where that is a terminal; silent elsewhere. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

namespace rollcall::cli {

class progress {
public:
  explicit progress(std::size_t total);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// One more is done.
  void step();

private:
  void draw();

  const std::size_t total_;
  const bool is_shown_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
};

} // namespace rollcall::cli
