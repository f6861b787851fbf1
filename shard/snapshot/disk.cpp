#include "shard/snapshot/disk.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rollcall::shard {

namespace {

core::error failed(const char* what, const std::filesystem::path& file) {
  const int reason = errno;
  return core::fail(core::error_code::storage_full,
                    std::string("can't ") + what + " " + file.string() + ": " + std::strerror(reason));
}

class local_file final : public output_file {
public:
  local_file(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~local_file() override { ::close(descriptor_); }
  local_file(const local_file&) = delete;
  local_file& operator=(const local_file&) = delete;

  core::status write_at(std::uint64_t offset, core::byte_view bytes) override {
    while (!bytes.empty()) {
      const auto done = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR)
        continue;
      if (done <= 0)
        return failed("write", path_);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
    return core::nothing{};
  }
  core::status sync() override {
    if (::fsync(descriptor_) != 0)
      return failed("write", path_);
    return core::nothing{};
  }

private:
  int descriptor_;
  std::filesystem::path path_;
};

class machine_disk final : public disk {
public:
  core::result<std::unique_ptr<output_file>> create(const std::filesystem::path& file) override {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0)
      return failed("write", file);
    return std::unique_ptr<output_file>(std::make_unique<local_file>(descriptor, file));
  }
  core::status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0)
      return failed("write", to);
    return core::nothing{};
  }
  core::status remove(const std::filesystem::path& file) override {
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
      return failed("remove", file);
    return core::nothing{};
  }
  core::status sync_directory(const std::filesystem::path& directory) override {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
      return failed("write", directory);
    const bool is_synced = ::fsync(descriptor) == 0;
    auto outcome = is_synced ? core::status{core::nothing{}} : core::status{failed("write", directory)};
    ::close(descriptor);
    return outcome;
  }
};

} // namespace

disk& local_disk() {
  static machine_disk only;
  return only;
}

} // namespace rollcall::shard
