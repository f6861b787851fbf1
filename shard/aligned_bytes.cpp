#include "shard/aligned_bytes.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace rollcall::shard {

namespace {

constexpr std::size_t line_bytes = 64;
constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

std::size_t rounded(std::size_t size, std::size_t to) {
  return (size + to - 1) / to * to;
}

} // namespace

void aligned_bytes::release::operator()(std::uint8_t* data) const noexcept {
  std::free(data); // NOLINT(cppcoreguidelines-no-malloc): what aligned_alloc gave
}

void aligned_bytes::move_to(std::size_t capacity) {
  const bool is_large = capacity >= huge_page_bytes;
  const auto alignment = is_large ? huge_page_bytes : line_bytes;
  capacity = rounded(capacity, alignment);
  auto* made = static_cast<std::uint8_t*>(std::aligned_alloc(alignment, capacity));
  if (made == nullptr)
    throw std::bad_alloc{};
  if (is_large)
    (void)::madvise(made, capacity, MADV_HUGEPAGE); // a wish: without huge pages it works as well
  const auto kept = std::min(size_, capacity);
  if (kept != 0)
    std::memcpy(made, data_.get(), kept);
  std::memset(made + kept, 0, capacity - kept);
  if (size_ != 0)
    std::memset(data_.get(), 0, size_); // what was removed or moved does not stay in memory
  data_.reset(made);
  capacity_ = capacity;
}

void aligned_bytes::resize(std::size_t size) {
  if (size > capacity_)
    move_to(std::max(size, capacity_ + capacity_ / 2));
  else if (size < size_)
    std::memset(data_.get() + size, 0, size_ - size);
  size_ = size;
  if (size_ < capacity_ / 4 && capacity_ > huge_page_bytes)
    move_to(std::max(size_, std::size_t{1}) * 2);
}

} // namespace rollcall::shard
