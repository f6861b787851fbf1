/// Reads and writes one setting's value as text, checked against its row of the table. Pure; any thread.
#pragma once

#include "config/setting_table.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::config {

/// Puts the value that `text` says into `into`. Flags: `true`, `false`; sizes and times as in config/settings.hpp, a
/// bare number being bytes or milliseconds.
/// Errors: `invalid_config` when it is not of the type or out of range; the message names the key and what is allowed.
[[nodiscard]] core::status assign(settings& into, const setting& which, std::string_view text);

/// The value in the form that `assign` reads, the largest unit that is exact.
[[nodiscard]] std::string value_text(const settings& from, const setting& which);

/// As `value_text`, but a TOML value: texts, sizes and times in quotes.
[[nodiscard]] std::string toml_value(const settings& from, const setting& which);

} // namespace rollcall::config
