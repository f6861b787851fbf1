/// Files that commands read and write whole. Blocks; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace rollcall::cli {

/// Errors: `not_found` (the message names the file and why).
[[nodiscard]] core::result<core::bytes> read_whole_file(const std::filesystem::path& file);

/// Errors: `storage_full`.
[[nodiscard]] core::status write_whole_file(const std::filesystem::path& file, core::byte_view content);

/// `at` itself when it is a file; else all JPEG and PNG files below it by their extension, in the order of their names.
/// Errors: `not_found`.
[[nodiscard]] core::result<std::vector<std::filesystem::path>> find_pictures(const std::filesystem::path& at);

} // namespace rollcall::cli
