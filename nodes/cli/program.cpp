// The whole command line: what concerns every command, and the commands.
#include "nodes/cli/commands.hpp"
#include "nodes/version.hpp"

#include <chrono>

namespace rollcall::cli {

namespace {

void declare_globals(CLI::App& app, session& with) {
  auto& to = with.connection;
  app.set_version_flag("--version", std::string{"rollcall "} + nodes::version);
  app.add_option("--endpoint", to.endpoint, "the node; else $ROLLCALL_ENDPOINT, the profile, http://127.0.0.1:8750");
  app.add_option(
      "--ca-file", to.ca_file,
      "PEM file of the authorities to believe over https; else $ROLLCALL_CA_FILE, the profile, the system's");
  app.add_option("--access-key", to.access_key, "else $ROLLCALL_ACCESS_KEY, the profile; none: unsigned requests");
  app.add_option("--profile", with.profile, "profile to use; else $ROLLCALL_PROFILE, default");
  app.add_option("--profile-file", with.profile_file, "else ~/.config/rollcall/profiles.toml");
  app.add_option("--purpose", to.purpose, "why you ask; stands in the decision log");
  app.add_flag("--insecure-http", to.may_expose, "let tokens and new keys travel unencrypted to other machines");
  app.add_flag("--json", with.wants_json, "print JSON instead of tables");
  app.add_option_function<double>(
         "--timeout",
         [&to](const double& seconds) { to.timeout = std::chrono::milliseconds{static_cast<int>(seconds * 1'000)}; },
         "seconds for one request (60)")
      ->check(CLI::Range(0.1, 3'600.0));
}

void declare_commands(CLI::App& app, session& with) {
  add_status(app, with);
  add_cluster(app, with);
  add_nodes(app, with);
  add_partitions(app, with);
  add_rebalance(app, with);
  add_doctor(app, with);
  add_init(app, with);
  add_keys(app, with);
  add_collections(app, with);
  add_index(app, with);
  add_search(app, with);
  add_compare(app, with);
  add_detect(app, with);
  add_decisions(app, with);
  add_cameras(app, with);
  add_events(app, with);
  add_watch(app, with);
  add_export(app, with);
  add_import(app, with);
  add_backup(app, with);
  add_restore(app, with);
  add_completion(app, with);
}

} // namespace

void declare_program(CLI::App& app, session& with) {
  app.name("rollcall");
  app.description("Asks a Rollcall node: enrols, searches and compares faces, and administers it.");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer("Exit codes: 0 done, 1 failed, 2 usage, 3 node out of reach, 4 not allowed, 5 nobody found, 6 done in "
             "part, 7 the doctor found something");
  declare_globals(app, with);
  declare_commands(app, with);
}

} // namespace rollcall::cli
