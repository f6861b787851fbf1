#include "front/object_files.hpp"

#include "front/file_beneath.hpp"

#include <unistd.h>

namespace rollcall::front {

namespace {

core::result<core::bytes> read_all(const file_beneath& file, std::size_t size) {
  core::bytes content(size);
  std::size_t have = 0;
  while (have < size) {
    const auto got = ::read(file.descriptor(), content.data() + have, size - have);
    if (got < 0)
      return unreadable_object();
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
  ROLLCALL_TRY(const auto file, file_beneath::open(directory, name));
  if (file.size_bytes() > max_bytes)
    return core::fail(core::error_code::image_too_large, "Image size is too large");
  return read_all(file, static_cast<std::size_t>(file.size_bytes()));
}

object_files::object_files(bucket_map buckets, std::size_t max_bytes, std::size_t workers, std::size_t queue)
    : buckets_(std::move(buckets)), max_bytes_(max_bytes), workers_(workers, queue) {}

core::result<std::filesystem::path> object_files::find_directory(const wire::s3_object& of) const {
  const auto bucket = buckets_.find(of.bucket);
  if (bucket == buckets_.end())
    return core::fail(core::error_code::invalid_s3_object,
                      "Request has invalid S3 object. No directory is configured for the bucket '" + of.bucket + "'");
  if (of.version)
    return core::fail(core::error_code::invalid_s3_object, "Request has invalid S3 object. Versions are not kept here");
  return bucket->second;
}

template <class Value>
void object_files::look(const wire::s3_object& object, completion<Value> done, look_function<Value> looking) {
  auto directory = find_directory(object);
  if (!directory)
    return done(std::move(directory).failure());
  auto work = [done, looking = std::move(looking), at = *std::move(directory), name = object.name](std::size_t) {
    done(looking(at, name));
  };
  if (!workers_.post(std::move(work)))
    done(core::fail(core::error_code::overloaded, "Too many objects are being read from buckets"));
}

asio::awaitable<core::result<core::shared_bytes>> object_files::read(wire::s3_object object) {
  auto start = [this, object = std::move(object)](completion<core::shared_bytes> done) {
    look<core::shared_bytes>(object, std::move(done),
                             [max = max_bytes_](const std::filesystem::path& at,
                                                const std::string& name) -> core::result<core::shared_bytes> {
                               ROLLCALL_TRY(auto content, read_beneath(at, name, max));
                               return core::shared_bytes{std::make_shared<const core::bytes>(std::move(content))};
                             });
  };
  return suspend<core::shared_bytes>(std::move(start));
}

asio::awaitable<core::result<std::uintmax_t>> object_files::measure(wire::s3_object object) {
  auto start = [this, object = std::move(object)](completion<std::uintmax_t> done) {
    look<std::uintmax_t>(object, std::move(done),
                         [](const std::filesystem::path& at, const std::string& name) -> core::result<std::uintmax_t> {
                           ROLLCALL_TRY(const auto file, file_beneath::open(at, name));
                           return file.size_bytes();
                         });
  };
  return suspend<std::uintmax_t>(std::move(start));
}

} // namespace rollcall::front
