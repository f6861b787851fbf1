#include "nodes/cli/session.hpp"

#include "config/profile.hpp"

#include <cstdlib>
#include <initializer_list>

namespace rollcall::cli {

namespace {

void fill(std::string& into, std::initializer_list<std::string> candidates) {
  for (const auto& each : candidates)
    if (into.empty())
      into = each;
}

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

core::result<config::profile> find_profile(const session& with) {
  const auto name = with.profile.empty() ? environment("ROLLCALL_PROFILE") : with.profile;
  const std::filesystem::path file =
      with.profile_file.empty() ? config::default_profile_file() : std::filesystem::path{with.profile_file};
  const bool was_asked_for = !name.empty() || !with.profile_file.empty();
  auto found = config::load_profile(file, name.empty() ? "default" : name);
  if (!found && found.failure().code == core::error_code::not_found && !was_asked_for)
    return config::profile{};
  return found;
}

} // namespace

exit_code exit_code_of(const core::error& failed) {
  switch (failed.code) {
    case core::error_code::missing_authentication:
    case core::error_code::incomplete_signature:
    case core::error_code::unknown_client:
    case core::error_code::invalid_signature:
    case core::error_code::access_denied:
      return exit_code::denied;
    case core::error_code::unavailable:
    case core::error_code::deadline_exceeded:
      return exit_code::unreachable;
    case core::error_code::invalid_config:
      return exit_code::usage;
    default:
      return exit_code::failed;
  }
}

core::status complete_connection(session& with) {
  ROLLCALL_TRY(const auto profile, find_profile(with));
  auto& to = with.connection;
  fill(to.endpoint, {environment("ROLLCALL_ENDPOINT"), profile.endpoint, "http://127.0.0.1:8750"});
  fill(to.ca_file, {environment("ROLLCALL_CA_FILE"), profile.ca_file});
  fill(to.access_key, {environment("ROLLCALL_ACCESS_KEY"), profile.access_key});
  fill(to.secret_key, {environment("ROLLCALL_SECRET_KEY"), profile.secret_key});
  fill(to.region, {environment("ROLLCALL_REGION"), profile.region, "us-east-1"});
  if (to.access_key.empty() != to.secret_key.empty())
    return core::fail(core::error_code::invalid_config, "an access key and a secret key go together: one is missing");
  return core::nothing{};
}

} // namespace rollcall::cli
