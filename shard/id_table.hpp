/// Which row each id is in, for ids that lie elsewhere: four bytes a slot, where a map of ids takes fifty. No locks:
/// owned by one index.
///
/// Open addressing with linear probing, at most three quarters full; a removal moves back what follows it, so nothing
/// is left that a search must pass over. Source: Knuth, TAOCP 3, 6.4, algorithms L and R.
///
///   slot := row in as many low bits as number the slots, bits of the id's hash in the others     or all ones: empty
///
/// so that the ids that lie on a search's way are seldom read: each of them would be a line from memory.
#pragma once

#include "core/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rollcall::shard {

/// All calls take the ids by row: the table reads those of the rows it holds, which are numbered without gaps.
class id_table {
public:
  using ids = std::vector<core::uuid>;

  id_table();

  [[nodiscard]] std::optional<std::size_t> find(const core::uuid& id, const ids& of) const noexcept;

  /// Room for so many rows, which come soon. Throws std::bad_alloc, and has changed nothing then.
  void reserve(std::size_t rows, const ids& of);
  /// Adds the rows of `of` that follow those in the table, unless one of them has the id of another row: then false,
  /// and nothing has changed. Throws as above. Precondition (asserted): fewer than 2³¹ rows.
  [[nodiscard]] bool add(const ids& of);
  /// Takes row `row` out. Precondition (asserted): it is in.
  void remove(std::size_t row, const ids& of) noexcept;
  /// What is said to be in row `from` is in row `to` now, which is none of the others; `of` still has its id in row
  /// `from`. Precondition (asserted): row `from` is in.
  void move(std::size_t from, std::size_t to, const ids& of) noexcept;

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return slots_.capacity() * sizeof(std::uint32_t); }

private:
  [[nodiscard]] std::uint64_t hash(const core::uuid& id) const noexcept;
  [[nodiscard]] std::size_t last_slot() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept { return hash & last_slot(); }
  [[nodiscard]] std::uint32_t mark(std::uint64_t hash) const noexcept;
  [[nodiscard]] std::uint32_t entry(std::uint64_t hash, std::size_t row) const noexcept;
  [[nodiscard]] std::size_t row_in(std::size_t slot) const noexcept { return slots_[slot] & last_slot(); }
  [[nodiscard]] bool holds(std::size_t slot, std::uint64_t hash, const core::uuid& id, const ids& of) const noexcept;
  [[nodiscard]] std::size_t slot_of(std::size_t row, const ids& of) const noexcept;
  [[nodiscard]] bool put(std::uint64_t hash, std::size_t row, const ids& of) noexcept;

  std::uint64_t seed_;               ///< of this table alone
  std::vector<std::uint32_t> slots_; ///< a power of two of them
  std::size_t used_ = 0;
};

} // namespace rollcall::shard
