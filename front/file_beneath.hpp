/// Files that a caller names, below a directory that the operator chose. Any thread; calls block.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

namespace rollcall::front {

/// A regular file, open for reading; closed at its end.
class file_beneath {
public:
  /// Opens the file `name` below `directory`: every part of the path is opened from the one before without following a
  /// symbolic link, so that it can't leave the directory, not even while someone changes it.
  /// Errors: `invalid_s3_object` when there is no such readable file, a part is empty, "." or "..", or is a link.
  [[nodiscard]] static core::result<file_beneath> open(const std::filesystem::path& directory, std::string_view name);

  file_beneath(file_beneath&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
  file_beneath& operator=(file_beneath&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~file_beneath();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] std::uintmax_t size_bytes() const noexcept { return size_; } ///< when it was opened

private:
  file_beneath(int descriptor, std::uintmax_t size) : descriptor_(descriptor), size_(size) {}

  int descriptor_ = -1;
  std::uintmax_t size_ = 0;
};

/// What is told of an object that can't be read.
[[nodiscard]] core::error unreadable_object();

} // namespace rollcall::front
