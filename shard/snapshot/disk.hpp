/// What is asked of a file system by those who must not lose what they wrote, so that a test can have it crash or fill
/// up. Errors of all calls: `storage_full` (there is no room, or it can't be written). Any thread, each file by one.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <filesystem>
#include <memory>

namespace rollcall::shard {

class output_file {
public:
  virtual ~output_file() = default; ///< closes it; what was not synced may be lost

  /// Anywhere; what lies between is zero.
  [[nodiscard]] virtual core::status write_at(std::uint64_t offset, core::byte_view bytes) = 0;
  /// What was written outlives a crash from now on.
  [[nodiscard]] virtual core::status sync() = 0;
};

class disk {
public:
  virtual ~disk() = default;

  /// A new and empty file, in place of one that is there. Only its owner may read it.
  [[nodiscard]] virtual core::result<std::unique_ptr<output_file>> create(const std::filesystem::path& file) = 0;
  /// Takes the place of `to` at once or not at all.
  [[nodiscard]] virtual core::status rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Without effect where there is none.
  [[nodiscard]] virtual core::status remove(const std::filesystem::path& file) = 0;
  /// What was created, renamed and removed there outlives a crash from now on.
  [[nodiscard]] virtual core::status sync_directory(const std::filesystem::path& directory) = 0;
};

/// The machine's.
[[nodiscard]] disk& local_disk();

} // namespace rollcall::shard
