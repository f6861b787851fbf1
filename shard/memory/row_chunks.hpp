/// Rows of a fixed size in chunks of 64, each in memory of its own or in somebody else's. Owned by one index; no locks.
#pragma once

#include "shard/memory/aligned_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace rollcall::shard {

inline constexpr std::size_t chunk_rows = 64;

/// Every chunk has a place of its own, which takes memory once something was written there. Chunks never move, so
/// growing copies nothing. The first ones come one by one, so that a small gallery costs little, later ones by the huge
/// page.
class row_chunks {
public:
  /// Precondition (asserted): row_bytes ≥ 1.
  explicit row_chunks(std::size_t row_bytes);

  [[nodiscard]] std::uint8_t* row(std::size_t at) noexcept { return chunks_[at / chunk_rows] + offset(at); }
  [[nodiscard]] const std::uint8_t* row(std::size_t at) const noexcept { return chunks_[at / chunk_rows] + offset(at); }
  [[nodiscard]] std::size_t row_bytes() const noexcept { return row_bytes_; }
  /// What is taken of the machine's memory.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// Room for so many rows; new ones are zeros, unless they were left by `shrink`. Throws std::bad_alloc, and has
  /// changed nothing then.
  void grow(std::size_t rows);
  /// No more rows than these are needed. Those that go were wiped by the owner. Gives memory back, but for that of a
  /// few chunks, so that a gallery at an edge does not allocate with every change.
  void shrink(std::size_t rows) noexcept;

  /// The rows of a chunk lie `at` an address, aligned as they need, from now on; `keeps` keeps it in place. What is
  /// there is written over like the chunk's own memory, which is given back. Makes room for the chunk where there is
  /// none yet. Throws std::bad_alloc, and has changed nothing then.
  struct place {
    std::uint8_t* at = nullptr;
    std::shared_ptr<const void> keeps;
  };
  void lend(std::size_t chunk, place elsewhere);
  /// Brings the first `rows` rows of a chunk that was lent into its own memory; the others are zeros there.
  void bring_home(std::size_t chunk, std::size_t rows = chunk_rows) noexcept;
  /// Who keeps a chunk that was lent in place; null: it was not.
  [[nodiscard]] const void* keeper(std::size_t chunk) const noexcept {
    return chunk < keeps_.size() ? keeps_[chunk].get() : nullptr;
  }
  [[nodiscard]] bool is_home(std::size_t chunk) const noexcept { return chunks_[chunk] == homes_[chunk]; }

private:
  /// Memory of some chunks that come and go together.
  struct piece {
    aligned_memory memory;
    std::size_t chunks = 0;
  };
  [[nodiscard]] std::size_t offset(std::size_t at) const noexcept { return at % chunk_rows * row_bytes_; }
  [[nodiscard]] std::size_t chunk_bytes() const noexcept { return chunk_rows * row_bytes_; }
  void add_piece(bool is_large, bool is_filled);

  std::size_t row_bytes_;
  std::vector<piece> pieces_;
  std::vector<std::uint8_t*> homes_;               ///< in pieces_
  std::vector<std::uint8_t*> chunks_;              ///< where they are
  std::vector<std::shared_ptr<const void>> keeps_; ///< of those that were lent, by chunk; may be shorter
  std::size_t used_ = 0;                           ///< chunks from here on were never at home
  std::size_t taken_ = 0;                          ///< chunks that are at home, of those before
};

} // namespace rollcall::shard
