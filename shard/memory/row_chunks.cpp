#include "shard/memory/row_chunks.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rollcall::shard {

row_chunks::row_chunks(std::size_t row_bytes) : row_bytes_(row_bytes) {
  ROLLCALL_ASSERT(row_bytes >= 1);
}

std::size_t row_chunks::memory_bytes() const noexcept {
  return taken_ * chunk_bytes();
}

void row_chunks::add_piece(bool is_large, bool is_filled) {
  const auto count = is_large ? (huge_page_bytes + chunk_bytes() - 1) / chunk_bytes() : 1; // all of a huge page
  if (const auto size = homes_.size() + count; homes_.capacity() < size || chunks_.capacity() < size) {
    homes_.reserve(2 * size); // not piece by piece, which would copy all of them each time
    chunks_.reserve(2 * size);
  }
  const auto bytes = count * chunk_bytes();
  pieces_.push_back({is_filled && bytes == huge_page_bytes ? make_page_to_fill() : make_aligned_memory(bytes), count});
  for (std::size_t chunk = 0; chunk < count; ++chunk) {
    homes_.push_back(pieces_.back().memory.get() + chunk * chunk_bytes());
    chunks_.push_back(homes_.back());
  }
}

void row_chunks::grow(std::size_t rows) {
  while (rows > chunks_.size() * chunk_rows)
    add_piece(homes_.size() * chunk_bytes() >= huge_page_bytes, true);
  for (; used_ * chunk_rows < rows; ++used_)
    taken_ += is_home(used_) ? 1 : 0;
}

void row_chunks::shrink(std::size_t rows) noexcept {
  while (pieces_.size() >= 2) {
    const auto last = pieces_.back().chunks;
    const auto before = chunks_.size() - last - pieces_[pieces_.size() - 2].chunks;
    if (rows > before * chunk_rows)
      return;
    const auto left = chunks_.size() - last;
    for (; used_ > left; --used_)
      taken_ -= is_home(used_ - 1) ? 1 : 0;
    chunks_.resize(left);
    homes_.resize(left);
    keeps_.resize(std::min(keeps_.size(), left));
    pieces_.pop_back();
  }
}

void row_chunks::lend(std::size_t chunk, place elsewhere) {
  while (chunk >= chunks_.size())
    add_piece(true, false);
  if (keeps_.size() <= chunk)
    keeps_.resize(chunk + 1);
  if (is_home(chunk) && chunk < used_) {
    discard_memory(homes_[chunk], chunk_bytes());
    --taken_;
  }
  chunks_[chunk] = elsewhere.at;
  keeps_[chunk] = std::move(elsewhere.keeps);
}

void row_chunks::bring_home(std::size_t chunk, std::size_t rows) noexcept {
  if (is_home(chunk))
    return;
  std::memcpy(homes_[chunk], chunks_[chunk], rows * row_bytes_);
  chunks_[chunk] = homes_[chunk];
  keeps_[chunk].reset();
  for (; used_ <= chunk; ++used_)
    taken_ += is_home(used_) && used_ != chunk ? 1 : 0;
  ++taken_;
}

} // namespace rollcall::shard
