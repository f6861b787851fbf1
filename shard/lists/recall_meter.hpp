/// Searches that looked at a part only, some of which are run again over everything: what share of the nearest
/// references they find. Thread-safe.
#pragma once

#include "shard/search.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace rollcall::shard {

/// A search of one probe, and what it found.
struct sampled_search {
  search_request request;
  std::vector<hit> found;
  std::vector<std::uint64_t> seqs; ///< of its partitions
};

class recall_meter {
public:
  /// Keeps one search of `one_in` for later; drops it while 16 wait. One that is exact is of no interest. Throws
  /// std::bad_alloc.
  void offer(const search_request& request, const search_answer& answer);
  [[nodiscard]] std::optional<sampled_search> take();

  /// One search of everything found `nearest`, where the sampled one found `found`.
  void count(const hit& nearest, const std::vector<hit>& found) noexcept;
  [[nodiscard]] recall_estimate estimate() const noexcept;

  static constexpr std::uint64_t one_in = 64;

private:
  static constexpr std::size_t most_waiting = 16;
  mutable std::mutex mutex_;
  std::vector<sampled_search> waiting_;
  std::atomic<std::uint64_t> offered_{0};
  std::atomic<std::uint64_t> searches_{0};
  std::atomic<std::uint64_t> met_{0};
};

} // namespace rollcall::shard
