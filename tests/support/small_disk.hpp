/// A file system of a few megabytes, in memory, for tests of what happens when there is no room left. Mounting takes
/// root. Owned by the test.
#pragma once

#include "tests/support/process.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mount.h>
#include <unistd.h>

namespace rollcall::test {

class small_disk {
public:
  explicit small_disk(std::size_t size_bytes, const std::string& mode = "0700") {
    const auto options = "mode=" + mode + ",size=" + std::to_string(size_bytes);
    if (::mount("tmpfs", at_.path().c_str(), "tmpfs", 0, options.c_str()) != 0)
      why_not_ = std::strerror(errno);
  }
  ~small_disk() {
    if (is_mounted())
      ::umount2(at_.path().c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  [[nodiscard]] bool is_mounted() const { return why_not_.empty(); }
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] const std::filesystem::path& path() const { return at_.path(); }

  /// Takes all room that is left; false when that failed for another reason than that.
  bool fill() {
    const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600);
    const std::string zeros(65'536, '\0');
    auto size = zeros.size();
    while (size > 0)
      if (::write(file, zeros.data(), size) < 0)
        size = errno == ENOSPC ? size / 2 : 0;
    const bool is_full = ::write(file, zeros.data(), 1) < 0 && errno == ENOSPC;
    ::close(file);
    return is_full;
  }
  /// Gives the room back.
  void empty() { std::filesystem::remove(filler()); }

  bool make_read_only() { return ::mount(nullptr, at_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0; }

private:
  [[nodiscard]] std::filesystem::path filler() const { return at_.path() / "filler"; }

  temp_dir at_;
  std::string why_not_;
};

} // namespace rollcall::test
