#include "config/profile.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <toml++/toml.h>

namespace rollcall::config {

namespace {

struct field {
  std::string_view key;
  std::string profile::*value;
};

constexpr std::array fields{field{"endpoint", &profile::endpoint}, field{"ca_file", &profile::ca_file},
                            field{"access_key", &profile::access_key}, field{"secret_key", &profile::secret_key},
                            field{"region", &profile::region}};

core::error wrong(const std::filesystem::path& file, const toml::node& at, const std::string& what) {
  return core::fail(core::error_code::invalid_config,
                    file.string() + ":" + std::to_string(at.source().begin.line) + ": " + what);
}

core::result<profile> read(const std::filesystem::path& file, const toml::table& from) {
  profile made;
  for (const auto& [key, node] : from) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&, name = key.str()](const field& f) { return f.key == name; });
    if (found == fields.end())
      return wrong(file, node,
                   "a profile has endpoint, ca_file, access_key, secret_key and region, no '" + std::string{key.str()}
                       + "'");
    const auto* text = node.as_string();
    if (text == nullptr)
      return wrong(file, node, std::string{key.str()} + " must be a text");
    made.*(found->value) = text->get();
  }
  return made;
}

core::status check_mode(const std::filesystem::path& file) {
  using std::filesystem::perms;
  std::error_code failed;
  const auto mode = std::filesystem::status(file, failed).permissions();
  const auto others = perms::group_read | perms::others_read | perms::group_write | perms::others_write;
  if (!failed && (mode & others) != perms::none)
    return core::fail(core::error_code::invalid_config,
                      file.string() + " holds a secret and is open to others: chmod 600 " + file.string());
  return core::nothing{};
}

} // namespace

std::filesystem::path default_profile_file() {
  if (const auto* set = std::getenv("XDG_CONFIG_HOME"); set != nullptr && *set == '/')
    return std::filesystem::path{set} / "rollcall/profiles.toml";
  if (const auto* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::filesystem::path{home} / ".config/rollcall/profiles.toml";
  return {};
}

core::result<profile> load_profile(const std::filesystem::path& file, const std::string& name) {
  std::ifstream stream{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream)
    return core::fail(core::error_code::not_found, "the profile file " + file.string() + " can't be read");
  try {
    const auto parsed = toml::parse(text);
    const auto* table = parsed[name].as_table();
    if (table == nullptr)
      return core::fail(core::error_code::not_found, "there is no profile [" + name + "] in " + file.string());
    ROLLCALL_TRY(auto made, read(file, *table));
    if (!made.secret_key.empty())
      ROLLCALL_CHECK(check_mode(file));
    return made;
  } catch (const toml::parse_error& failed) {
    return core::fail(core::error_code::invalid_config, file.string() + ":" + std::to_string(failed.source().begin.line)
                                                            + ": not TOML: " + std::string{failed.description()});
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::invalid_config, file.string() + " can't be read", failed.what());
  }
}

} // namespace rollcall::config
