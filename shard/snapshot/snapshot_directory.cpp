#include "shard/snapshot/snapshot_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rollcall::shard {

namespace {

constexpr std::string_view finished = ".snapshot";
constexpr std::string_view unfinished = ".writing";
constexpr std::size_t uuid_length = 36;

// The names of `path_of`, read back.
std::optional<snapshot_directory::key> key_of(const std::string& name) {
  if (name.size() <= uuid_length + 1 + finished.size() || !name.ends_with(finished) || name[uuid_length] != '.')
    return std::nullopt;
  const auto collection = core::parse_uuid(std::string_view{name}.substr(0, uuid_length));
  const auto* const end = name.data() + name.size() - finished.size();
  std::uint32_t partition = 0;
  const auto read = std::from_chars(name.data() + uuid_length + 1, end, partition);
  if (!collection || read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return snapshot_directory::key{{*collection}, partition};
}

} // namespace

snapshot_file::~snapshot_file() {
  ::close(descriptor_);
}

core::result<core::shared_bytes> snapshot_file::read(const byte_range& at) const {
  core::bytes made(at.bytes);
  for (std::size_t done = 0; done < at.bytes;) {
    const auto got = ::pread(descriptor_, made.data() + done, at.bytes - done, static_cast<off_t>(at.offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return core::fail(core::error_code::corrupt, std::string("The snapshot can't be read: ")
                                                       + (got == 0 ? "it ends too early" : std::strerror(errno)) + ".");
    done += static_cast<std::size_t>(got);
  }
  return std::make_shared<const core::bytes>(std::move(made));
}

core::result<std::shared_ptr<const file_mapping>> snapshot_file::map() const {
  (void)::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_RANDOM); // a wish
  return file_mapping::make(descriptor_, bytes_);
}

core::result<snapshot_directory> snapshot_directory::make(std::filesystem::path at, disk& on) {
  std::error_code failed;
  std::filesystem::create_directories(at, failed);
  if (!failed)
    std::filesystem::permissions(at, std::filesystem::perms::owner_all, failed);
  if (failed)
    return core::fail(core::error_code::storage_full, "can't make " + at.string() + ": " + failed.message());
  for (const auto& one : std::filesystem::directory_iterator(at, failed))
    if (one.path().filename().string().ends_with(unfinished))
      ROLLCALL_CHECK(on.remove(one.path()));
  return snapshot_directory{std::move(at), on};
}

std::filesystem::path snapshot_directory::path_of(const key& of) const {
  return at_ / (core::to_string(of.first) + "." + std::to_string(of.second) + std::string(finished));
}

core::result<written_snapshot>
snapshot_directory::write(const partition_reader& from, const snapshot_identity& of,
                          const std::function<core::status(const core::sha256_digest&)>& remember,
                          const std::stop_token& stop) {
  const auto whole = path_of({of.collection, of.partition});
  auto part = whole;
  part += unfinished;
  const auto write = [&]() -> core::result<written_snapshot> {
    ROLLCALL_TRY(const auto file, disk_->create(part));
    ROLLCALL_TRY(auto made, write_snapshot(from, of, *file, stop));
    ROLLCALL_CHECK(remember(made.digest));
    ROLLCALL_CHECK(disk_->rename(part, whole));
    ROLLCALL_CHECK(disk_->sync_directory(at_));
    return made;
  };
  auto done = write();
  if (!done)
    static_cast<void>(disk_->remove(part).has_value()); // else it goes at the next start
  return done;
}

core::result<std::shared_ptr<const snapshot_file>> snapshot_directory::open(const key& of) const {
  const auto file = path_of(of);
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT)
    return core::fail(core::error_code::not_found, "There is no snapshot of this partition.");
  struct stat found {};
  if (descriptor < 0 || ::fstat(descriptor, &found) != 0) {
    const std::string why = std::strerror(errno);
    if (descriptor >= 0)
      ::close(descriptor);
    return core::fail(core::error_code::corrupt, "can't read " + file.string() + ": " + why);
  }
  return std::make_shared<const snapshot_file>(descriptor, static_cast<std::uint64_t>(found.st_size));
}

std::optional<core::sha256_digest> snapshot_directory::digest(const key& of) const {
  core::sha256_digest said{};
  const auto file = open(of);
  const auto bytes = file ? (*file)->read({snapshot_header_bytes - said.size(), said.size()}) : file.failure();
  if (!bytes)
    return std::nullopt;
  std::copy((*bytes)->begin(), (*bytes)->end(), said.begin());
  return said;
}

core::status snapshot_directory::remove(const key& of) {
  ROLLCALL_CHECK(disk_->remove(path_of(of)));
  return disk_->sync_directory(at_);
}

std::vector<snapshot_directory::key> snapshot_directory::list() const {
  std::vector<key> found;
  std::error_code failed;
  for (const auto& one : std::filesystem::directory_iterator(at_, failed))
    if (const auto of = key_of(one.path().filename().string()))
      found.push_back(*of);
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace rollcall::shard
