// `rollcall cluster status`.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

namespace rollcall::cli {

namespace {

core::result<exit_code> show_cluster(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto cluster, node.read("cluster"));
  if (with.wants_json) {
    print_json(cluster);
    return exit_code::done;
  }
  text_table table{
      {"NODE", "STATE", "HEARD", "LEASE", "READY", "LOADING", "LEAVING", "ZONE", "ADDRESS", "VERSION", "ROLES"}};
  for (const auto& each : array_at(cluster, "nodes")) {
    const auto& one = as_row(each);
    table.add({text_at(one, "name"), text_at(one, "state"), heard(one),
               number_at(one, "lease_ms") > 0 ? seconds_at(one, "lease_ms") : "none", whole_at(one, "ready"),
               whole_at(one, "loading"), whole_at(one, "leaving"), text_at(one, "zone"), text_at(one, "address"),
               text_at(one, "version"), words_at(one, "roles")});
  }
  print(table.text());
  const auto missing = whole_at(cluster, "replicas_missing");
  print("\n" + whole_at(cluster, "partitions") + " partitions, " + whole_at(cluster, "replicas")
        + " replicas of each wanted, " + (missing == "0" ? "none missing" : missing + " MISSING") + "\n");
  return exit_code::done;
}

} // namespace

void add_cluster(CLI::App& app, session& with) {
  auto* cluster = app.add_subcommand("cluster", "the nodes that work together on one store");
  cluster->require_subcommand(1);
  on_chosen(*cluster->add_subcommand("status", "nodes, what each holds, and what is missing"), with, show_cluster);
  add_top(*cluster, with);
}

} // namespace rollcall::cli
