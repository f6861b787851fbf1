/// `rollcall`: the operator's program, an ordinary client of a node's public port. Exit codes: docs/cli.md.
#include "nodes/cli/commands.hpp"
#include "nodes/cli/session.hpp"
#include "nodes/version.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

namespace {

using namespace rollcall;

void declare_globals(CLI::App& app, cli::session& with) {
  auto& to = with.connection;
  app.set_version_flag("--version", std::string{"rollcall "} + nodes::version);
  app.add_option("--endpoint", to.endpoint, "the node; else $ROLLCALL_ENDPOINT, the profile, http://127.0.0.1:8750");
  app.add_option("--access-key", to.access_key, "else $ROLLCALL_ACCESS_KEY, the profile; none: unsigned requests");
  app.add_option("--profile", with.profile, "profile to use; else $ROLLCALL_PROFILE, default");
  app.add_option("--profile-file", with.profile_file, "else ~/.config/rollcall/profiles.toml");
  app.add_option("--purpose", to.purpose, "why you ask; stands in the decision log");
  app.add_flag("--json", with.wants_json, "print JSON instead of tables");
  app.add_option_function<double>(
         "--timeout",
         [&to](const double& seconds) { to.timeout = std::chrono::milliseconds{static_cast<int>(seconds * 1'000)}; },
         "seconds for one request (60)")
      ->check(CLI::Range(0.1, 3'600.0));
}

void declare_commands(CLI::App& app, cli::session& with) {
  cli::add_status(app, with);
  cli::add_cluster(app, with);
  cli::add_init(app, with);
  cli::add_keys(app, with);
  cli::add_collections(app, with);
  cli::add_index(app, with);
  cli::add_search(app, with);
  cli::add_compare(app, with);
  cli::add_detect(app, with);
  cli::add_decisions(app, with);
  cli::add_export(app, with);
  cli::add_import(app, with);
  cli::add_completion(app, with);
}

int report(const core::error& failed) {
  std::fprintf(stderr, "rollcall: %s\n", failed.message.c_str());
  return static_cast<int>(cli::exit_code_of(failed));
}

int run(int argc, const char* const* argv) {
  cli::session with;
  CLI::App app{"Asks a Rollcall node: enrols, searches and compares faces, and administers it."};
  app.name("rollcall");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 usage, 3 node out of reach, 4 not allowed, 5 nobody found, 6 done in part");
  declare_globals(app, with);
  declare_commands(app, with);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : static_cast<int>(cli::exit_code::usage);
  }
  if (const auto completed = cli::complete_connection(with); !completed)
    return report(completed.failure());
  const auto outcome = with.run(with);
  return outcome ? static_cast<int>(*outcome) : report(outcome.failure());
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "rollcall: %s\n", failed.what());
    return static_cast<int>(cli::exit_code::failed);
  }
}
