#include "core/allocator.hpp"

#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace rollcall::core {

void keep_freed_memory() noexcept {
#if defined(__GLIBC__)
  constexpr int mib = 1024 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, 8 * mib); // either one ends the library's own adjustment of both
  ::mallopt(M_TRIM_THRESHOLD, 32 * mib);
#endif
}

} // namespace rollcall::core
