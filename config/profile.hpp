/// Profiles of the command-line client: where a node is and with which key to ask it. A TOML file with one table per
/// profile; read once at start-up by `rollcall`.
///
///     [default]
///     endpoint = "https://rollcall.example.org:8750"
///     ca_file = "/etc/rollcall/ca.crt"
///     access_key = "RKIA…"
///     secret_key = "…"
///     region = "us-east-1"
#pragma once

#include "core/result.hpp"

#include <filesystem>
#include <string>

namespace rollcall::config {

/// What a profile leaves out is empty.
struct profile {
  std::string endpoint;
  std::string ca_file;
  std::string access_key;
  std::string secret_key;
  std::string region;
};

/// `$XDG_CONFIG_HOME/rollcall/profiles.toml`, else `$HOME/.config/rollcall/profiles.toml`; empty without a home.
[[nodiscard]] std::filesystem::path default_profile_file();

/// Errors: `not_found` (no such file, or no such profile in it), `invalid_config` (not TOML, an unknown key, a value
/// that is no text, or a file with a secret that others may read); the message names file and line.
[[nodiscard]] core::result<profile> load_profile(const std::filesystem::path& file, const std::string& name);

} // namespace rollcall::config
