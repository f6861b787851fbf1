#include "shard/memory/aligned_bytes.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rollcall::shard {

void aligned_bytes::move_to(std::size_t capacity) {
  capacity = rounded_memory(capacity >= huge_page_bytes ? std::max(capacity, most_) : capacity);
  auto made = make_aligned_memory(capacity);
  const auto kept = std::min(size_, capacity);
  if (kept != 0)
    std::memcpy(made.get(), data_.get(), kept);
  if (size_ != 0)
    std::memset(data_.get(), 0, size_); // what was removed or moved does not stay in memory
  data_ = std::move(made);
  capacity_ = capacity;
  touched_ = kept;
}

std::size_t aligned_bytes::room_for(std::size_t size) const noexcept {
  return capacity_ != 0 || size < huge_page_bytes ? 0 : rounded_memory(std::max(size, most_));
}

void aligned_bytes::take(aligned_memory room) noexcept {
  ROLLCALL_ASSERT(capacity_ == 0);
  capacity_ = room.get_deleter().mapped;
  data_ = std::move(room);
}

std::size_t aligned_bytes::memory_bytes() const noexcept {
  const auto pages = (touched_ + huge_page_bytes - 1) / huge_page_bytes * huge_page_bytes;
  return capacity_ < huge_page_bytes ? capacity_ : std::min(capacity_, pages);
}

void aligned_bytes::resize(std::size_t size) {
  if (size > capacity_)
    move_to(std::max(size, capacity_ + capacity_ / 2));
  else if (size < size_)
    std::memset(data_.get() + size, 0, size_ - size);
  size_ = size;
  touched_ = std::max(touched_, size);
  if (size_ < memory_bytes() / 4 && memory_bytes() > huge_page_bytes)
    move_to(std::max(size_, std::size_t{1}) * 2);
}

} // namespace rollcall::shard
