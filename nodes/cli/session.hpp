/// What every command of `rollcall` gets: how to reach the node, and how to print. Owned by main; one thread, but for
/// the copies of `connection_settings` that parallel commands take.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace rollcall::cli {

/// Documented in docs/cli/rollcall.md; scripts count on them.
enum class exit_code : int {
  done = 0,
  failed = 1,      ///< the node refused, or a file can't be read or written
  usage = 2,       ///< a mistake in the options
  unreachable = 3, ///< no connection, or no answer in time
  denied = 4,      ///< credentials missing, wrong, or not allowed to do this
  nobody = 5,      ///< a search or comparison that found no match
  partly = 6,      ///< some of several files failed
  findings = 7,    ///< the doctor found something
};

/// Empty credentials: requests are not signed.
struct connection_settings {
  std::string endpoint; ///< "http://HOST:PORT" or "https://HOST:PORT"
  std::string ca_file;  ///< authorities to believe over https; empty: the system's
  std::string access_key;
  std::string secret_key;
  std::string region;
  std::string purpose;     ///< for the decision log; may be empty
  bool may_expose = false; ///< secrets may travel where others read along
  std::chrono::milliseconds timeout{60'000};
};

/// `run` is the command that was chosen on the command line.
struct session {
  connection_settings connection;
  std::string profile;
  std::string profile_file;
  bool wants_json = false;
  std::function<core::result<exit_code>(session&)> run;
};

/// The code that stands for a failure.
[[nodiscard]] exit_code exit_code_of(const core::error& failed);

/// Fills in what the options left empty: from ROLLCALL_ENDPOINT, ROLLCALL_CA_FILE, ROLLCALL_ACCESS_KEY,
/// ROLLCALL_SECRET_KEY, then from the profile, then the defaults. Errors: `invalid_config`, `not_found` (of a profile
/// that was asked for by name).
[[nodiscard]] core::status complete_connection(session& with);

} // namespace rollcall::cli
