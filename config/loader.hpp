/// Puts a node's settings together. Later sources win: defaults, file, environment, command line. Used once at
/// start-up by `nodes/`.
///
///     file        = TOML; tables are sections: [http] listen = "…", [vision.attributes] age = true
///     environment = ROLLCALL_SECTION_KEY, the dots of the name as underscores; not for `buckets`
///     command     = section.key=value
#pragma once

#include "config/settings.hpp"
#include "core/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::config {

struct sources {
  std::filesystem::path file; ///< empty: none
  /// Value of an environment variable, or nothing; empty function: no environment.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::vector<std::string> assignments; ///< `section.key=value`, applied in order
};

/// The settings that the sources say.
/// Errors: `invalid_config` with one line that names the place (file and line, variable or option), the key, what is
/// allowed and, for an unknown key, the nearest known one; `not_found` when the file can't be read.
[[nodiscard]] core::result<settings> load(const sources& from);

/// The process's environment, for `sources::environment`.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

} // namespace rollcall::config
