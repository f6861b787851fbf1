#include "shard/file_mapping.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>

namespace rollcall::shard {

// Rows are read here and there: what lies around them is not read with them.
core::result<std::shared_ptr<const file_mapping>> file_mapping::make(int descriptor, std::size_t bytes) {
  void* const got = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
  if (got == MAP_FAILED)
    return core::fail(core::error_code::over_budget,
                      std::string("A snapshot can't be mapped: ") + std::strerror(errno) + ".");
  (void)::madvise(got, bytes, MADV_RANDOM);
  return std::shared_ptr<const file_mapping>(new file_mapping(static_cast<std::uint8_t*>(got), bytes));
}

file_mapping::~file_mapping() {
  ::munmap(data_, bytes_);
}

} // namespace rollcall::shard
