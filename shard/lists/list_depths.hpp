/// How many lists a probe must look at until it meets what is nearest to it: as was seen, by searches of everything.
/// What callers searched for counts, once enough of it was seen; until then what is nearest to references, which lies
/// further off where each shows somebody else. Any thread.
#pragma once

#include "shard/reference_index.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rollcall::shard {

class list_depths {
public:
  /// What was nearest lay in the list that `nearer` others came before.
  void note(nearest_to what, std::size_t nearer) noexcept;
  /// Noted so far. Older notes fade: no more than 8'192 of each kind are remembered.
  [[nodiscard]] std::size_t seen(nearest_to what) const noexcept;
  /// Whether enough was seen.
  [[nodiscard]] bool is_known() const noexcept;
  /// Of what was noted, at least the share of `recall` (in [0, 1)), and half of the rest besides, was met within
  /// so many lists; none while too little was noted to say so.
  [[nodiscard]] std::optional<std::size_t> within(double recall) const noexcept;
  /// Notes of a kind that are enough.
  static constexpr std::size_t least_seen = 512;

private:
  /// Four to an octave: bucket b has the counts of lists up to 2^(b / 4).
  static constexpr std::size_t buckets = 4 * 17;
  using histogram = std::array<std::atomic<std::uint32_t>, buckets>;

  histogram near_references_{};
  histogram near_probes_{};
};

} // namespace rollcall::shard
