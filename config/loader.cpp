#include "config/loader.hpp"

#include "config/setting_table.hpp"
#include "config/setting_value.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <toml++/toml.h>

namespace rollcall::config {

namespace {

constexpr std::string_view bucket_prefix = "buckets.";

core::error at_place(const std::string& place, core::error failed) {
  failed.message = place + ": " + failed.message;
  return failed;
}

core::error unknown_setting(std::string_view name) {
  auto message = "there is no setting '" + std::string{name} + "'";
  if (const auto near = nearest_setting(name); !near.empty())
    message += "; did you mean " + std::string{near} + "?";
  else
    message += "; docs/settings.md lists them";
  return core::fail(core::error_code::invalid_config, std::move(message));
}

core::status assign_bucket(settings& into, std::string_view bucket, std::string_view directory) {
  constexpr std::size_t shortest = 3;
  constexpr std::size_t longest = 255;
  const bool is_name = bucket.size() >= shortest && bucket.size() <= longest
                       && bucket.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")
                              == std::string_view::npos;
  if (!is_name)
    return core::fail(core::error_code::invalid_config, "'" + std::string{bucket}
                                                            + "' is no bucket name: 3 to 255 letters, digits, dots, "
                                                              "dashes and underscores");
  if (directory.empty())
    return core::fail(core::error_code::invalid_config, "buckets." + std::string{bucket} + " must be a directory");
  into.buckets[std::string{bucket}] = std::filesystem::path{directory};
  return core::nothing{};
}

core::status assign_name(settings& into, std::string_view name, std::string_view text) {
  if (name.starts_with(bucket_prefix))
    return assign_bucket(into, name.substr(bucket_prefix.size()), text);
  const auto* which = find_setting(name);
  if (which == nullptr)
    return unknown_setting(name);
  return assign(into, *which, text);
}

/// A TOML scalar as the text that `assign` reads; empty for what is none.
std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* text = node.as_string())
    return text->get();
  if (const auto* flag = node.as_boolean())
    return flag->get() ? "true" : "false";
  if (const auto* number = node.as_integer())
    return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) {
    std::ostringstream text;
    text.precision(17);
    text << number->get();
    return text.str();
  }
  return std::nullopt;
}

class file_reader {
public:
  file_reader(std::string file, settings& into) : file_(std::move(file)), into_(into) {}

  /// `section`: name of `table` with a final dot, empty for the root. Tables nest as deep as setting names do.
  core::status read(const toml::table& table, const std::string& section) {
    for (const auto& [key, node] : table) {
      const auto name = section + std::string{key.str()};
      auto status = node.is_table() ? read_section(*node.as_table(), name) : read_value(node, name);
      if (!status)
        return status;
    }
    return core::nothing{};
  }

private:
  [[nodiscard]] std::string place(const toml::node& node) const {
    return file_ + ":" + std::to_string(node.source().begin.line);
  }

  core::status read_section(const toml::table& table, const std::string& name) {
    const auto is_within = [&](const setting& row) { return row.name.starts_with(name + "."); };
    const auto rows = setting_table();
    if (name != "buckets" && std::none_of(rows.begin(), rows.end(), is_within))
      return at_place(place(table), core::fail(core::error_code::invalid_config, "there is no section [" + name + "]"));
    return read(table, name + ".");
  }

  core::status read_value(const toml::node& node, const std::string& name) {
    const auto text = scalar_text(node);
    if (!text)
      return at_place(place(node), core::fail(core::error_code::invalid_config, name + " must be a single value"));
    if (auto status = assign_name(into_, name, *text); !status)
      return at_place(place(node), std::move(status).failure());
    return core::nothing{};
  }

  std::string file_;
  settings& into_;
};

core::status read_file(const std::filesystem::path& file, settings& into) {
  std::ifstream stream{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream)
    return core::fail(core::error_code::not_found, "the configuration file " + file.string() + " can't be read");
  try {
    return file_reader{file.string(), into}.read(toml::parse(text), "");
  } catch (const toml::parse_error& failed) {
    return core::fail(core::error_code::invalid_config, file.string() + ":" + std::to_string(failed.source().begin.line)
                                                            + ": not TOML: " + std::string{failed.description()});
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::invalid_config, "the configuration file " + file.string() + " can't be read",
                      failed.what());
  }
}

core::status read_environment(const sources& from, settings& into) {
  for (const auto& row : setting_table()) {
    const auto variable = environment_name(row.name);
    const auto value = from.environment(variable);
    if (!value)
      continue;
    if (auto status = assign(into, row, *value); !status)
      return at_place("environment variable " + variable, std::move(status).failure());
  }
  return core::nothing{};
}

core::status read_assignment(const std::string& assignment, settings& into) {
  const auto equals = assignment.find('=');
  const auto place = "--set " + assignment;
  if (equals == std::string::npos)
    return at_place(place, core::fail(core::error_code::invalid_config, "must be section.key=value"));
  const std::string_view whole{assignment};
  if (auto status = assign_name(into, whole.substr(0, equals), whole.substr(equals + 1)); !status)
    return at_place(place, std::move(status).failure());
  return core::nothing{};
}

std::filesystem::path home_or(const char* variable, const char* under_home) {
  if (const auto* set = std::getenv(variable); set != nullptr && *set == '/')
    return set;
  if (const auto* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::filesystem::path{home} / under_home;
  return {};
}

} // namespace

core::result<settings> load(const sources& from) {
  settings made;
  if (!from.file.empty())
    ROLLCALL_CHECK(read_file(from.file, made));
  if (from.environment)
    ROLLCALL_CHECK(read_environment(from, made));
  for (const auto& assignment : from.assignments)
    ROLLCALL_CHECK(read_assignment(assignment, made));
  return made;
}

std::optional<std::string> environment_variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::filesystem::path default_data_dir() {
  const auto base = home_or("XDG_DATA_HOME", ".local/share");
  return base.empty() ? std::filesystem::path{"/var/lib/rollcall"} : base / "rollcall";
}

std::filesystem::path default_config_file() {
  std::error_code ignored;
  const auto base = home_or("XDG_CONFIG_HOME", ".config");
  if (auto own = base / "rollcall" / "rollcall.toml"; !base.empty() && std::filesystem::exists(own, ignored))
    return own;
  const std::filesystem::path system = "/etc/rollcall/rollcall.toml";
  return std::filesystem::exists(system, ignored) ? system : std::filesystem::path{};
}

} // namespace rollcall::config
