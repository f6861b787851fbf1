#include "core/allocator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace rollcall::core {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ROLLCALL_OTHER_ALLOCATOR
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ROLLCALL_OTHER_ALLOCATOR
#endif

#if defined(__GLIBC__) && !defined(ROLLCALL_OTHER_ALLOCATOR)
/// Blocks that the system was asked for, one by one, and what of freed memory is kept in the main arena.
struct mallinfo2 held_after(std::size_t bytes) {
  void* volatile block = std::malloc(bytes); // not to be left out
  auto held = ::mallinfo2();
  std::free(block);
  held.keepcost = ::mallinfo2().keepcost;
  return held;
}

TEST(keep_freed_memory, keeps_the_buffers_of_pictures_and_no_larger_ones) {
  constexpr std::size_t mib = 1024 * 1024;
  keep_freed_memory();
  const auto before = ::mallinfo2().hblks;
  const auto picture = held_after(4 * mib);
  EXPECT_EQ(picture.hblks, before);
  EXPECT_GE(picture.keepcost, 4 * mib);
  EXPECT_EQ(held_after(9 * mib).hblks, before + 1);
}
#else
TEST(keep_freed_memory, harms_nothing_elsewhere) {
  keep_freed_memory();
  std::free(std::malloc(1));
}
#endif

} // namespace
} // namespace rollcall::core
