#include "front/file_beneath.hpp"

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace rollcall::front {

namespace {

class descriptor_guard {
public:
  explicit descriptor_guard(int number) : number_(number) {}
  descriptor_guard(const descriptor_guard&) = delete;
  descriptor_guard& operator=(const descriptor_guard&) = delete;
  ~descriptor_guard() { reset(-1); }
  void reset(int number) {
    if (number_ >= 0)
      ::close(number_);
    number_ = number;
  }
  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

private:
  int number_;
};

bool is_plain(std::string_view part) {
  return !part.empty() && part != "." && part != ".." && part.find('\0') == std::string_view::npos;
}

} // namespace

core::error unreadable_object() {
  return core::fail(core::error_code::invalid_s3_object, "Unable to get object metadata from S3. Check object key, "
                                                         "region and/or access permissions.");
}

core::result<file_beneath> file_beneath::open(const std::filesystem::path& directory, std::string_view name) {
  descriptor_guard at{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (bool is_last = false; at.number() >= 0 && !is_last;) {
    const auto slash = name.find('/');
    const std::string part{name.substr(0, slash)};
    if (!is_plain(part))
      return unreadable_object();
    is_last = slash == std::string_view::npos;
    // O_NONBLOCK: a named pipe in the directory must not hold a worker.
    const int kind = is_last ? O_NONBLOCK : O_DIRECTORY;
    at.reset(::openat(at.number(), part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | kind));
    name.remove_prefix(is_last ? name.size() : slash + 1);
  }
  struct stat facts {};
  if (at.number() < 0 || ::fstat(at.number(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return unreadable_object();
  return file_beneath{at.release(), static_cast<std::uintmax_t>(facts.st_size)};
}

file_beneath::~file_beneath() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

} // namespace rollcall::front
