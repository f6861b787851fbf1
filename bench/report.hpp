/// What every benchmark writes besides its table: one JSON object with its figures and where they were measured.
/// Used by the programs of bench/ alone.
#pragma once

#include "core/result.hpp"

#include <boost/json/object.hpp>
#include <filesystem>
#include <string_view>

namespace rollcall::bench {

/// A report that says what, where and on which build: `bench`, `machine` (processor, cores, kernel), `commit` (with
/// `-dirty` when the working tree differs from it, `unknown` outside a work tree), `build_type`, `compiler`, `time`
/// (UTC, ISO 8601).
[[nodiscard]] boost::json::object start_report(std::string_view name);

/// Writes `report` to `file`, making its folder. Errors: `storage_full`.
[[nodiscard]] core::status write_report(const boost::json::object& report, const std::filesystem::path& file);

} // namespace rollcall::bench
