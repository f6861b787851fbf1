/// A secret of the node in a file of its own, made when it is first needed. Used at start-up only.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <filesystem>

namespace rollcall::nodes {

/// The `size` bytes in `file`; when it does not exist, new random ones, stored first (mode 0600, written beside it and
/// renamed, synced). Errors: `corrupt` when it has another size, `storage_full` when it can't be read or written.
[[nodiscard]] core::result<core::bytes> read_or_make_key(const std::filesystem::path& file, std::size_t size);

} // namespace rollcall::nodes
