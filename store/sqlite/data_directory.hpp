/// The directory that holds a store, locked for this process as long as the object lives.
#pragma once

#include "core/result.hpp"

#include <filesystem>

namespace rollcall::store::sqlite {

class data_directory {
public:
  /// Makes `dir` (mode 0700) where it is missing, locks it and makes the empty database file (mode 0600), whose mode
  /// SQLite gives its companions. Errors: `conflict` (locked by another store, named by its process), `storage_full`
  /// (can't be made or written).
  [[nodiscard]] static core::result<data_directory> open(const std::filesystem::path& dir);

  data_directory(data_directory&& other) noexcept;
  data_directory& operator=(data_directory&&) = delete;
  ~data_directory();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path database() const { return path_ / "rollcall.db"; }
  [[nodiscard]] std::filesystem::path key_file() const { return path_ / "secrets.key"; }

private:
  data_directory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_; ///< descriptor of the lock file, -1 after a move
};

} // namespace rollcall::store::sqlite
