#include "shard/snapshot/file_mapping.hpp"

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

void file_mapping::expect(std::size_t offset, std::size_t bytes) const noexcept {
  (void)::madvise(data_ + offset, bytes, MADV_WILLNEED);
}

// Source: madvise(2): EFAULT where looking at a page would end the process, EHWPOISON where its memory is broken.
core::status file_mapping::fetch(std::size_t offset, std::size_t bytes) const {
#ifdef MADV_POPULATE_READ
  if (::madvise(data_ + offset, bytes, MADV_POPULATE_READ) != 0 && (errno == EFAULT || errno == EHWPOISON))
    return core::fail(core::error_code::corrupt, "The snapshot can't be read: the disk does not give all of it.");
#else
  static_cast<void>(offset), static_cast<void>(bytes);
#endif
  return core::nothing{};
}

file_mapping::~file_mapping() {
  ::munmap(data_, bytes_);
}

} // namespace rollcall::shard
