/// Huge pages that are touched before they are needed. A page is given by the system, cleared, when it is touched for
/// the first time, which in virtual machines may cost more than all that is done with it. While many are taken, a
/// thread keeps a few ready; a second after the last one it gives those back. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace rollcall::shard {

class page_reserve {
public:
  struct functions {
    std::uint8_t* (*map)(); ///< a huge page of zeros; throws std::bad_alloc
    void (*unmap)(std::uint8_t* page) noexcept;
  };
  explicit page_reserve(functions by) noexcept : by_(by) {}
  page_reserve(const page_reserve&) = delete;
  page_reserve& operator=(const page_reserve&) = delete;
  ~page_reserve();

  /// The caller's from now on. Throws std::bad_alloc.
  [[nodiscard]] std::uint8_t* take();
  /// Pages that are ready, at most `most_ready`.
  [[nodiscard]] std::size_t ready() const;

  static constexpr std::size_t most_ready = 16;

private:
  using clock = std::chrono::steady_clock;
  void run(const std::stop_token& stop);

  const functions by_;
  mutable std::mutex mutex_;
  std::condition_variable_any taken_;
  std::vector<std::uint8_t*> ready_;
  clock::time_point last_{}; ///< time of the last take
  bool is_wanted_ = false;   ///< pages are taken fast
  std::jthread thread_;      ///< from the first time on that they are
};

} // namespace rollcall::shard
