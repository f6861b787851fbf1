/// `rollcall`: the operator's program, an ordinary client of a node's public port. Exit codes: docs/cli/rollcall.md.
#include "nodes/cli/commands.hpp"
#include "nodes/cli/session.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

namespace {

using namespace rollcall;

int report(const core::error& failed) {
  const auto detail = failed.context.empty() ? "" : " (" + failed.context + ")";
  std::fprintf(stderr, "rollcall: %s%s\n", failed.message.c_str(), detail.c_str());
  return static_cast<int>(cli::exit_code_of(failed));
}

int run(int argc, const char* const* argv) {
  cli::session with;
  CLI::App app;
  cli::declare_program(app, with);
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
