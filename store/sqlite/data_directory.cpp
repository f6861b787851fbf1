#include "store/sqlite/data_directory.hpp"

#include "core/log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace rollcall::store::sqlite {

namespace {

core::error not_writable(const std::filesystem::path& path, const char* what) {
  const int reason = errno;
  const bool is_full = reason == ENOSPC || reason == EDQUOT;
  return core::fail(core::error_code::storage_full,
                    std::string("can't ") + what + " " + path.string() + ": " + std::strerror(reason)
                        + (is_full ? "; free some space" : "; give a directory that this user can write to"));
}

core::status make_directory(const std::filesystem::path& dir) {
  std::error_code failed;
  if (dir.has_parent_path() && !std::filesystem::exists(dir.parent_path(), failed))
    std::filesystem::create_directories(dir.parent_path(), failed);
  if (::mkdir(dir.c_str(), 0700) == 0)
    return core::nothing{};
  if (errno != EEXIST)
    return not_writable(dir, "make");
  struct stat found {};
  if (::stat(dir.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    errno = ENOTDIR;
    return not_writable(dir, "use");
  }
  if ((found.st_mode & 077) != 0)
    core::log(core::log_level::warning, "store", "the data directory is open to other users: chmod 700 it",
              {{"path", dir.string()}});
  return core::nothing{};
}

// Who holds the lock, as it wrote there; empty when it cannot be told.
std::string read_holder(int lock) {
  std::array<char, 24> text{};
  const auto size = ::pread(lock, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && pid.back() == '\n')
    pid.pop_back();
  return pid;
}

core::status write_holder(int lock, const std::filesystem::path& file) {
  const auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return not_writable(file, "write");
  return core::nothing{};
}

core::status make_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return not_writable(file, "write");
  const bool is_private = ::fchmod(descriptor, 0600) == 0;
  ::close(descriptor);
  if (!is_private)
    return not_writable(file, "set the mode of");
  return core::nothing{};
}

} // namespace

core::result<data_directory> data_directory::open(const std::filesystem::path& dir) {
  ROLLCALL_CHECK(make_directory(dir));
  const auto file = dir / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return not_writable(file, "write");
  data_directory opened(dir, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = read_holder(lock);
    return core::fail(core::error_code::conflict, "the data directory " + dir.string() + " is in use by process "
                                                      + (holder.empty() ? std::string("(unknown)") : holder)
                                                      + ": stop that process or give another data directory");
  }
  ROLLCALL_CHECK(write_holder(lock, file));
  ROLLCALL_CHECK(make_file(opened.database()));
  return opened;
}

data_directory::data_directory(data_directory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

data_directory::~data_directory() {
  if (lock_ >= 0)
    ::close(lock_); // releases the lock, too
}

} // namespace rollcall::store::sqlite
