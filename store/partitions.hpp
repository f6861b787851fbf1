/// Which partitions a collection has and which of them an id belongs to. Pure values; decision records 0003 and 0010.
#pragma once

#include "core/uuid.hpp"

#include <cstdint>
#include <optional>

namespace rollcall::store {

/// The place of an id: the first four bytes of SHA-256 of its 16 bytes, big-endian, modulo `partitions` (a power of
/// two). Fixed for ever: decision record 0003.
[[nodiscard]] std::uint32_t partition_of(const core::uuid& id, std::uint32_t partitions);

inline constexpr std::uint32_t most_partitions = 65'536; ///< of a collection

/// Partitions with the numbers first … first + count − 1, which hold each id once: at number first + partition_of(id,
/// count).
struct partition_range {
  std::uint32_t first = 0;
  std::uint32_t count = 1; ///< a power of two

  [[nodiscard]] bool contains(std::uint32_t number) const noexcept { return number - first < count; } // unsigned
  [[nodiscard]] std::uint32_t number_of(const core::uuid& id) const { return first + partition_of(id, count); }
  friend bool operator==(const partition_range&, const partition_range&) = default;
};

/// Where a doubling stands. `building`: the new partitions follow the writes and are loaded; queries ask the old ones.
/// `leaving`: queries ask the new ones; the old ones still follow the writes, for queries that began before.
enum class doubling_stage : std::uint8_t { none, building, leaving };

/// All partitions of a collection. No number is ever used again, not that of a partition that was given up either.
struct partition_shape {
  partition_range serving; ///< those that queries ask
  doubling_stage stage = doubling_stage::none;
  std::uint32_t beside_first = 1; ///< number of the first of the others; where there are none, of the next ones to be

  /// Those whose heads number the writes: the smaller ones while there are two.
  [[nodiscard]] partition_range numbered() const noexcept {
    return stage == doubling_stage::leaving ? partition_range{beside_first, serving.count / 2} : serving;
  }
  /// Those that these are split into, partition `at` into `at` and `at` + numbered().count; also where there are none
  /// yet.
  [[nodiscard]] partition_range doubled() const noexcept {
    return stage == doubling_stage::leaving ? serving : partition_range{beside_first, 2 * serving.count};
  }
  /// The others while a doubling goes on.
  [[nodiscard]] std::optional<partition_range> beside() const noexcept {
    if (stage == doubling_stage::none)
      return std::nullopt;
    return stage == doubling_stage::building ? doubled() : numbered();
  }
  /// The ones to which a number belongs; none where there is no such partition.
  [[nodiscard]] std::optional<partition_range> range_of(std::uint32_t number) const noexcept {
    if (serving.contains(number))
      return serving;
    const auto others = beside();
    return others && others->contains(number) ? others : std::nullopt;
  }

  friend bool operator==(const partition_shape&, const partition_shape&) = default;
};

} // namespace rollcall::store
