/// What a node finds on its own machine, for `rollcall doctor`.
#pragma once

#include "config/settings.hpp"

#include <filesystem>
#include <string>

namespace rollcall::nodes {

/// A JSON object:
/// `disk`: of the data directory, `path`, `free_bytes`, `total_bytes`, or `problem`;
/// `files`: those that hold secrets and are there, each `path`, `mode` ("600"), `is_private`;
/// `models`: empty, or the `problem` that reading them again has met, hashes and all;
/// `cpu`: `search` and `compare`, the instruction sets in use (shard::name_of; "avx512", "avx2", "baseline").
/// Blocks: reads all model files (35 MB).
[[nodiscard]] std::string inspect(const config::settings& with, const std::filesystem::path& data_dir);

} // namespace rollcall::nodes
