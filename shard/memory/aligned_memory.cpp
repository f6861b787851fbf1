#include "shard/memory/aligned_memory.hpp"

#include "shard/memory/page_reserve.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace rollcall::shard {

namespace {

// The system aligns to small pages: more is asked for, and what lies around the huge ones is given back.
std::uint8_t* map_huge_pages(std::size_t bytes) {
  const auto asked = bytes + huge_page_bytes;
  void* const got = ::mmap(nullptr, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED)
    throw std::bad_alloc{};
  auto* const begin = static_cast<std::uint8_t*>(got);
  const auto before = (huge_page_bytes - reinterpret_cast<std::uintptr_t>(begin) % huge_page_bytes) % huge_page_bytes;
  if (before != 0)
    ::munmap(begin, before);
  ::munmap(begin + before + bytes, huge_page_bytes - before);
  (void)::madvise(begin + before, bytes, MADV_HUGEPAGE); // a wish: without huge pages it works as well
  return begin + before;
}

// Which the system does faster in one call than page by page; else its first use touches it.
std::uint8_t* touched(std::uint8_t* begin, [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef MADV_POPULATE_WRITE
  (void)::madvise(begin, bytes, MADV_POPULATE_WRITE);
#endif
  return begin;
}

std::uint8_t* map_touched_page() {
  return touched(map_huge_pages(huge_page_bytes), huge_page_bytes);
}

page_reserve& reserve() {
  static page_reserve pages({map_touched_page, [](std::uint8_t* page) noexcept { ::munmap(page, huge_page_bytes); }});
  return pages;
}

} // namespace

void release_memory::operator()(std::uint8_t* data) const noexcept {
  if (mapped != 0)
    ::munmap(data, mapped);
  else
    std::free(data); // NOLINT(cppcoreguidelines-no-malloc): what aligned_alloc gave
}

aligned_memory make_aligned_memory(std::size_t bytes) {
  const auto whole = rounded_memory(bytes);
  if (whole >= huge_page_bytes)
    return {map_huge_pages(whole), release_memory{whole}};
  auto* const made = static_cast<std::uint8_t*>(std::aligned_alloc(cache_line_bytes, whole));
  if (made == nullptr)
    throw std::bad_alloc{};
  std::memset(made, 0, whole);
  return {made, release_memory{}};
}

aligned_memory make_touched_memory(std::size_t bytes) noexcept {
  try {
    auto made = make_aligned_memory(bytes);
    if (made.get_deleter().mapped != 0)
      touched(made.get(), made.get_deleter().mapped);
    return made;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

aligned_memory make_page_to_fill() {
  return {reserve().take(), release_memory{huge_page_bytes}};
}

// Whole pages are given back; they come again as zeros.
void discard_memory(std::uint8_t* begin, std::size_t bytes) noexcept {
  const auto before = std::min(bytes, (small_page_bytes - reinterpret_cast<std::uintptr_t>(begin) % small_page_bytes)
                                          % small_page_bytes);
  const auto whole = (bytes - before) / small_page_bytes * small_page_bytes;
  std::memset(begin, 0, before);
  if (whole != 0 && ::madvise(begin + before, whole, MADV_DONTNEED) != 0)
    std::memset(begin + before, 0, whole);
  std::memset(begin + before + whole, 0, bytes - before - whole);
}

} // namespace rollcall::shard
