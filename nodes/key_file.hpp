/// A secret of a node in a file of its own, made when it is first needed or before. Blocks; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <filesystem>

namespace rollcall::nodes {

/// The size of a node's secret Curve25519 key, `node.key`.
inline constexpr std::size_t node_key_bytes = 32;

/// The `size` bytes in `file`; when it does not exist, new random ones, stored first (mode 0600, whole or not at all,
/// synced); of those who make it at once all get the same. Errors: `corrupt` when it has another size, `storage_full`
/// when it can't be read or written.
[[nodiscard]] core::result<core::bytes> read_or_make_key(const std::filesystem::path& file, std::size_t size);

/// The `size` bytes in `file`. Errors: `corrupt` when it has another size, `storage_full` when it can't be read.
[[nodiscard]] core::result<core::bytes> read_key(const std::filesystem::path& file, std::size_t size);

/// `size` new random bytes in a new file (mode 0600, synced). Errors: `conflict` when there is a file of this name,
/// which stays as it is; `storage_full` when it can't be written.
[[nodiscard]] core::result<core::bytes> make_key(const std::filesystem::path& file, std::size_t size);

} // namespace rollcall::nodes
