/// NumPy's array file, version 1.0: a matrix of float32, row-major, little endian; nothing else is written or read. One
/// thread.
/// Source: NumPy, "A simple file format for NumPy arrays" (NEP 1).
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace rollcall::cli {

/// Writes rows as they come; the header, which counts them, last.
class npy_writer {
public:
  /// Errors: `storage_full`.
  [[nodiscard]] static core::result<npy_writer> create(const std::filesystem::path& file);
  /// One row of float32, little endian; all rows have the first one's length. Errors: `storage_full`,
  /// `invalid_argument` (another length).
  [[nodiscard]] core::status add(core::byte_view row);
  /// Errors: `storage_full`. The file is whole afterwards.
  [[nodiscard]] core::status finish();

private:
  npy_writer(std::filesystem::path file, std::ofstream stream);
  std::filesystem::path file_;
  std::ofstream stream_;
  std::size_t row_bytes_ = 0;
  std::uint64_t rows_ = 0;
};

/// Reads rows in order.
class npy_reader {
public:
  /// Errors: `not_found`, `malformed` (another type, order or shape).
  [[nodiscard]] static core::result<npy_reader> open(const std::filesystem::path& file);
  [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
  /// The next row's bytes. Errors: `malformed` at the end.
  [[nodiscard]] core::result<core::bytes> next();

private:
  npy_reader(std::ifstream stream, std::uint64_t rows, std::size_t columns);
  std::ifstream stream_;
  std::uint64_t rows_;
  std::size_t columns_;
};

} // namespace rollcall::cli
