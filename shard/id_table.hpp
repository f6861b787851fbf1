/// Which row each id is in, for ids that lie elsewhere: four bytes a slot, where a map of ids takes fifty. No locks:
/// owned by one index.
///
/// Open addressing with linear probing, at most three quarters full; a removal moves back what follows it, so nothing
/// is left that a search must pass over. Source: Knuth, TAOCP 3, 6.4, algorithms L and R.
#pragma once

#include "core/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rollcall::shard {

/// All calls take the ids by row: the table reads those of the rows it holds.
class id_table {
public:
  using ids = std::vector<core::uuid>;

  id_table();

  [[nodiscard]] std::optional<std::size_t> find(const core::uuid& id, const ids& of) const noexcept;

  /// Asks for what `find` and `add` read of an id first.
  void prefetch(const core::uuid& id) const noexcept;

  /// Adds row `row`, unless one in the table has its id already: then false. Throws std::bad_alloc, and has changed
  /// nothing then. Precondition (asserted): row < 2³² - 1.
  bool add(std::size_t row, const ids& of);
  /// Takes row `row` out. Precondition (asserted): it is in.
  void remove(std::size_t row, const ids& of) noexcept;
  /// What is said to be in row `from` is in row `to` now; `of` still has its id in row `from`. Precondition (asserted):
  /// row `from` is in.
  void move(std::size_t from, std::size_t to, const ids& of) noexcept;

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return slots_.capacity() * sizeof(std::uint32_t); }

private:
  [[nodiscard]] std::size_t home(const core::uuid& id) const noexcept;
  [[nodiscard]] std::size_t slot_of(std::size_t row, const ids& of) const noexcept;
  void grow(const ids& of);
  bool put(std::uint32_t row, const ids& of) noexcept;

  std::uint64_t seed_;               ///< of this table alone
  std::vector<std::uint32_t> slots_; ///< rows, or `nothing`; a power of two of them
  std::size_t used_ = 0;
};

} // namespace rollcall::shard
