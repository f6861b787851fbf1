#include "nodes/key_file.hpp"

#include "core/digest.hpp"
#include "core/uuid.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace rollcall::nodes {

namespace {

core::error disk_error(const std::filesystem::path& file, const char* verb) {
  return core::fail(core::error_code::storage_full,
                    "can't " + std::string{verb} + " " + file.string() + ": " + std::strerror(errno));
}

// There must be no such file yet.
core::status write_synced(const std::filesystem::path& file, const core::bytes& content) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, S_IRUSR | S_IWUSR);
  if (descriptor < 0 && errno == EEXIST)
    return core::fail(core::error_code::conflict,
                      file.string() + " exists, and a node may need it: choose another name, or move it away first");
  if (descriptor < 0)
    return disk_error(file, "write");
  const bool is_written = ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size())
                          && ::fsync(descriptor) == 0;
  auto failed = disk_error(file, "write");
  ::close(descriptor);
  if (is_written)
    return core::nothing{};
  ::unlink(file.c_str()); // a part of a key is none
  return failed;
}

// The file is there whole, or not at all. Where another process was quicker its key is the one.
core::result<core::bytes> make_missing_key(const std::filesystem::path& file, std::size_t size) {
  auto beside = file;
  beside += "." + to_string(core::random_uuid());
  ROLLCALL_CHECK(write_synced(beside, core::random_bytes(size)));
  const bool is_linked = ::link(beside.c_str(), file.c_str()) == 0 || errno == EEXIST;
  auto failed = disk_error(file, "write");
  ::unlink(beside.c_str());
  if (!is_linked)
    return failed;
  return read_key(file, size);
}

} // namespace

core::result<core::bytes> make_key(const std::filesystem::path& file, std::size_t size) {
  auto key = core::random_bytes(size);
  ROLLCALL_CHECK(write_synced(file, key));
  return key;
}

core::result<core::bytes> read_key(const std::filesystem::path& file, std::size_t size) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    return disk_error(file, "read");
  core::bytes key{std::istreambuf_iterator<char>{stream}, {}};
  if (key.size() != size)
    return core::fail(core::error_code::corrupt, file.string() + " is damaged: remove it, a new one is made");
  return key;
}

core::result<core::bytes> read_or_make_key(const std::filesystem::path& file, std::size_t size) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed) && !failed)
    return make_missing_key(file, size);
  return read_key(file, size);
}

} // namespace rollcall::nodes
