#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace rollcall::core {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "rollcall: broken assertion: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

} // namespace rollcall::core
