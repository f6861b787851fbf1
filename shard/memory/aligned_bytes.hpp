/// A growing byte array on cache-line boundaries, in huge pages where it is large and the system gives them. Owned by
/// one index; no locks.
#pragma once

#include "shard/memory/aligned_memory.hpp"

#include <cstddef>
#include <cstdint>

namespace rollcall::shard {

class aligned_bytes {
public:
  /// `most`: what it may come to hold, for which room is set aside once it is large, so that it is not moved again.
  explicit aligned_bytes(std::size_t most = 0) noexcept : most_(most) {}

  [[nodiscard]] std::uint8_t* data() noexcept { return data_.get(); }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// What it takes of the machine's memory.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// What it would set aside to have `size` bytes; 0 where it has that, or can do with little (below a huge page).
  [[nodiscard]] std::size_t room_for(std::size_t size) const noexcept;
  /// Takes such memory, zeros, of which it has none yet. Precondition (asserted).
  void take(aligned_memory room) noexcept;
  /// New bytes are 0. Growing beyond what was set aside moves everything; the old memory is wiped first. A size below a
  /// quarter of what is taken gives memory back. Throws std::bad_alloc, and has changed nothing then.
  void resize(std::size_t size);

private:
  void move_to(std::size_t capacity);

  std::size_t most_;
  aligned_memory data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t touched_ = 0; ///< the largest size since it was moved
};

} // namespace rollcall::shard
