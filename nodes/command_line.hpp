/// The command line of `rollcalld`. Used once, by its main thread.
///
///     rollcalld [--config FILE] [--data-dir DIR] [--http HOST:PORT] [--management HOST:PORT] [--set
///     section.key=value]…
#pragma once

#include "config/loader.hpp"

#include <variant>

namespace rollcall::nodes {

/// The program has nothing (more) to do and ends with this code: after --help, or a mistake in the options.
struct finished {
  int exit_code = 0;
};

/// Where the settings come from: file (that of --config, else the default one if it exists), environment, options.
/// Prints help, the version, the sample file, or what is wrong with the options (exit code 2).
[[nodiscard]] std::variant<config::sources, finished> parse_command_line(int argc, const char* const* argv);

} // namespace rollcall::nodes
