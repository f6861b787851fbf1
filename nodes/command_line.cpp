#include "nodes/command_line.hpp"

#include "config/documents.hpp"
#include "nodes/version.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

namespace rollcall::nodes {

namespace {

constexpr int usage_error = 2;

struct options {
  std::string config_file;
  std::string data_dir;
  std::string http;
  std::string management;
  std::vector<std::string> assignments;
  bool wants_sample = false;
};

void declare(CLI::App& app, options& into) {
  app.add_option("--config", into.config_file, "configuration file (TOML)")->type_name("FILE");
  app.add_option("--data-dir", into.data_dir, "directory of all that the node keeps")->type_name("DIR");
  app.add_option("--http", into.http, "address of the API; port 0: any free one")->type_name("HOST:PORT");
  app.add_option("--management", into.management, "address of /livez, /readyz and /metrics")->type_name("HOST:PORT");
  app.add_option("--set", into.assignments, "one setting, may be repeated")
      ->type_name("section.key=value")
      ->type_size(1)
      ->allow_extra_args(false);
  app.add_flag("--sample-config", into.wants_sample, "print all settings with their defaults and exit");
  app.set_version_flag("--version", std::string{"rollcalld "} + version);
}

/// Options short for settings come before --set, which may override them.
std::vector<std::string> assignments_of(const options& from) {
  std::vector<std::string> all;
  if (!from.data_dir.empty())
    all.push_back("node.data_dir=" + from.data_dir);
  if (!from.http.empty())
    all.push_back("http.listen=" + from.http);
  if (!from.management.empty())
    all.push_back("management.listen=" + from.management);
  all.insert(all.end(), from.assignments.begin(), from.assignments.end());
  return all;
}

} // namespace

std::variant<config::sources, finished> parse_command_line(int argc, const char* const* argv) {
  CLI::App app{
      "A node of Rollcall in the foreground: face recognition behind Rekognition's protocol.\nWhen it serves it "
      "prints one line: ready http=HOST:PORT management=HOST:PORT (https= when it speaks TLS)"};
  options given;
  declare(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return finished{app.exit(wrong) == 0 ? 0 : usage_error};
  }
  if (given.wants_sample) {
    std::cout << config::sample_file();
    return finished{};
  }
  const auto file = given.config_file.empty() ? config::default_config_file().string() : given.config_file;
  return config::sources{file, config::environment_variable, assignments_of(given)};
}

} // namespace rollcall::nodes
