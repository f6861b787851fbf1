/// The one table of settings: what the loader, the validator, the sample file and docs/settings.md are made from.
/// Constant; any thread.
#pragma once

#include "config/settings.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace rollcall::config {

/// Where a setting's value lives; its type is the setting's.
using member = std::variant<bool settings::*, std::int64_t settings::*, double settings::*, std::string settings::*,
                            byte_size settings::*, std::chrono::milliseconds settings::*>;

/// What a text may be.
enum class text_form : std::uint8_t {
  any,      ///< not empty
  optional, ///< may be empty
  path,     ///< a file or directory, may be empty
  endpoint, ///< HOST:PORT, an IPv6 host in brackets, port 0–65535
  choice,   ///< one of the words in `choices`
  digits,   ///< exactly `low` digits
};

/// One setting. `low` and `high` bound numbers (inclusive; times in milliseconds, sizes in bytes) and mean nothing for
/// flags and texts.
struct setting {
  std::string_view name; ///< `section.key`
  member value;
  double low = 0;
  double high = 0;
  std::string_view unit; ///< for people: "threads", "pixels"; empty where the type says it
  std::string_view help; ///< one sentence or two, without a final stop
  text_form form = text_form::any;
  std::string_view choices = {}; ///< words parted by `|`
  bool is_power_of_two = false;
  bool is_secret = false;    ///< never printed
  bool needs_restart = true; ///< a running node does not take a new value
};

/// All settings but the open section `buckets`, grouped by section.
[[nodiscard]] std::span<const setting> setting_table();

/// The setting of that name; null when there is none.
[[nodiscard]] const setting* find_setting(std::string_view name);

/// The known name that needs the fewest edits to become `name` (Levenshtein); empty when none is near.
/// Source: Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals", 1966.
[[nodiscard]] std::string_view nearest_setting(std::string_view name);

/// The environment variable of a setting: `ROLLCALL_HTTP_LISTEN` for `http.listen`.
[[nodiscard]] std::string environment_name(std::string_view name);

/// What is allowed, for messages and documents: "an integer from 1 to 64 (threads)", "HOST:PORT".
[[nodiscard]] std::string allowed_values(const setting& of);

} // namespace rollcall::config
