/// Documents made from the settings table, kept in step by a test: the sample file and the reference page.
#pragma once

#include <string>

namespace rollcall::config {

/// config/rollcall.sample.toml: every setting with its help and default, commented out.
[[nodiscard]] std::string sample_file();

/// docs/settings.md: every setting as a row of a table.
[[nodiscard]] std::string reference_page();

} // namespace rollcall::config
