/// Pictures and videos named by `S3Object`: buckets that the operator mapped to directories. Reads happen on worker
/// threads of its own. Safe from any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/worker_pool.hpp"
#include "front/suspend.hpp"
#include "wire/shared.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::front {

/// The content of a `file_beneath`. Blocks. Errors: those of its `open`; `image_too_large` when it has more than
/// `max_bytes`.
[[nodiscard]] core::result<core::bytes> read_beneath(const std::filesystem::path& directory, std::string_view name,
                                                     std::size_t max_bytes);

class object_files {
public:
  using bucket_map = std::map<std::string, std::filesystem::path>;

  /// `buckets` to directories. Preconditions: workers, queue ≥ 1.
  object_files(bucket_map buckets, std::size_t max_bytes, std::size_t workers, std::size_t queue);

  /// The bytes of `object`. Errors: those of `read_beneath`; `invalid_s3_object` for an unmapped bucket or a version;
  /// `overloaded` when the queue is full.
  [[nodiscard]] asio::awaitable<core::result<core::shared_bytes>> read(wire::s3_object object);

  /// How many bytes `object` has, unread. Errors: as `read`, but for `image_too_large`.
  [[nodiscard]] asio::awaitable<core::result<std::uintmax_t>> measure(wire::s3_object object);

  /// Ends the workers after the reads that wait. Blocks; idempotent.
  void stop() { workers_.close(); }

private:
  template <class Value>
  using look_function =
      std::function<core::result<Value>(const std::filesystem::path& directory, const std::string& name)>;

  [[nodiscard]] core::result<std::filesystem::path> find_directory(const wire::s3_object& of) const;
  template <class Value>
  void look(const wire::s3_object& object, completion<Value> done, look_function<Value> looking);

  const bucket_map buckets_;
  const std::size_t max_bytes_;
  core::worker_pool workers_;
};

} // namespace rollcall::front
