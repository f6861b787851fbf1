/// Puts a body together from its chunks, which may come in any order and more than once. A plain value; its owner
/// bounds the size before the first chunk.
#pragma once

#include "net/frame.hpp"

#include <vector>

namespace rollcall::net {

class body_assembler {
public:
  /// A body of `total` bytes, 0 included: one empty chunk then.
  explicit body_assembler(std::uint64_t total);

  /// Takes the chunk of `with` that begins at `offset`. False, without effect, where it does not fit: another total,
  /// no multiple of `chunk_bytes`, or another size than the chunk there has.
  [[nodiscard]] bool add(std::uint64_t total, std::uint64_t offset, const frame& with);

  [[nodiscard]] bool is_complete() const noexcept { return missing_ == 0; }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

  /// The body; precondition (asserted): complete. Once.
  [[nodiscard]] core::shared_bytes take();

private:
  std::uint64_t total_;
  std::uint64_t missing_; ///< chunks
  std::vector<bool> has_;
  std::shared_ptr<core::bytes> made_; ///< of several chunks
  core::shared_bytes whole_;          ///< where the only chunk came alone in its memory
};

/// Chunks that a body of `total` bytes travels in: at least one.
[[nodiscard]] constexpr std::uint64_t chunks_of(std::uint64_t total) noexcept {
  return total == 0 ? 1 : (total + chunk_bytes - 1) / chunk_bytes;
}

/// The chunk of `body` at `offset`, sharing its memory.
[[nodiscard]] inline core::byte_view chunk_at(const core::bytes& body, std::size_t offset) {
  return core::byte_view(body).subspan(offset, std::min(chunk_bytes, body.size() - offset));
}

} // namespace rollcall::net
