#include "front/object_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace rollcall::front {

namespace {

/// An open file; closed at its end.
class file_descriptor {
public:
  explicit file_descriptor(int number) : number_(number) {}
  file_descriptor(file_descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~file_descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  [[nodiscard]] int number() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

private:
  int number_;
};

core::error unreadable() {
  return core::fail(core::error_code::invalid_s3_object, "Unable to get object metadata from S3. Check object key, "
                                                         "region and/or access permissions.");
}

bool is_plain(std::string_view part) {
  return !part.empty() && part != "." && part != ".." && part.find('\0') == std::string_view::npos;
}

core::result<file_descriptor> open_beneath(const std::filesystem::path& directory, std::string_view name) {
  file_descriptor at{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  while (at) {
    const auto slash = name.find('/');
    const std::string part{name.substr(0, slash)};
    if (!is_plain(part))
      return unreadable();
    const bool is_last = slash == std::string_view::npos;
    // O_NONBLOCK: a named pipe in the directory must not hold a worker.
    const int kind = is_last ? O_NONBLOCK : O_DIRECTORY;
    at = file_descriptor{::openat(at.number(), part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | kind)};
    if (is_last)
      break;
    name.remove_prefix(slash + 1);
  }
  if (!at)
    return unreadable();
  return at;
}

core::result<core::bytes> read_all(const file_descriptor& file, std::size_t size) {
  core::bytes content(size);
  std::size_t have = 0;
  while (have < size) {
    const auto got = ::read(file.number(), content.data() + have, size - have);
    if (got < 0)
      return unreadable();
    if (got == 0)
      break;
    have += static_cast<std::size_t>(got);
  }
  content.resize(have);
  return content;
}

} // namespace

core::result<core::bytes> read_beneath(const std::filesystem::path& directory, std::string_view name,
                                       std::size_t max_bytes) {
  ROLLCALL_TRY(const auto file, open_beneath(directory, name));
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return unreadable();
  if (static_cast<std::uintmax_t>(facts.st_size) > max_bytes)
    return core::fail(core::error_code::image_too_large, "Image size is too large");
  return read_all(file, static_cast<std::size_t>(facts.st_size));
}

object_files::object_files(bucket_map buckets, std::size_t max_bytes, std::size_t workers, std::size_t queue)
    : buckets_(std::move(buckets)), max_bytes_(max_bytes), workers_(workers, queue) {}

asio::awaitable<core::result<core::shared_bytes>> object_files::read(wire::s3_object object) {
  auto start = [this, object = std::move(object)](completion<core::shared_bytes> done) {
    const auto bucket = buckets_.find(object.bucket);
    if (bucket == buckets_.end())
      return done(core::fail(core::error_code::invalid_s3_object,
                             "Request has invalid S3 object. No directory is configured for the bucket '"
                                 + object.bucket + "'"));
    if (object.version)
      return done(
          core::fail(core::error_code::invalid_s3_object, "Request has invalid S3 object. Versions are not kept here"));
    auto work = [this, done, directory = bucket->second, name = object.name](std::size_t) {
      auto content = read_beneath(directory, name, max_bytes_);
      if (!content)
        return done(std::move(content).failure());
      done(core::shared_bytes{std::make_shared<const core::bytes>(*std::move(content))});
    };
    if (!workers_.post(std::move(work)))
      done(core::fail(core::error_code::overloaded, "Too many pictures are being read from buckets"));
  };
  return suspend<core::shared_bytes>(std::move(start));
}

} // namespace rollcall::front
