/// How many lists a probe must look at until it meets what is nearest to it: as was seen, by searches of everything.
/// Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rollcall::shard {

class list_depths {
public:
  /// What was nearest lay in the list that `nearer` others came before.
  void note(std::size_t nearer) noexcept;
  /// Noted so far. Older notes fade: no more than 8'192 are remembered.
  [[nodiscard]] std::size_t seen() const noexcept;
  /// Of what was noted, at least the share of `recall` (in [0, 1)), and half of the rest besides, was met within so
  /// many lists; none while too little was noted to say so.
  [[nodiscard]] std::optional<std::size_t> within(double recall) const noexcept;
  /// Notes from which on `within` says something.
  static constexpr std::size_t least_seen = 512;

private:
  /// Four to an octave: bucket b has the counts of lists up to 2^(b / 4).
  static constexpr std::size_t buckets = 4 * 17;
  std::array<std::atomic<std::uint32_t>, buckets> counts_{};
};

} // namespace rollcall::shard
