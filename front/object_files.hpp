/// Pictures named by `S3Object`: buckets that the operator mapped to directories. Reads happen on worker threads of its
/// own. Safe from any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/worker_pool.hpp"
#include "front/suspend.hpp"
#include "wire/shared.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::front {

/// Reads the regular file `name` below `directory`: every part of the path is opened from the one before without
/// following a symbolic link, so that it can't leave the directory, not even while someone changes it. Blocks.
/// Errors: `invalid_s3_object` when there is no such readable file, a part is empty, "." or "..", or is a link;
/// `image_too_large` when it has more than `max_bytes`.
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

  /// Ends the workers after the reads that wait. Blocks; idempotent.
  void stop() { workers_.close(); }

private:
  const bucket_map buckets_;
  const std::size_t max_bytes_;
  core::worker_pool workers_;
};

} // namespace rollcall::front
