// `rollcall cluster status`, `rollcall nodes drain|undrain`.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

namespace rollcall::cli {

namespace {

std::string seconds(const json::object& from, std::string_view key) {
  return fixed(number_at(from, key) / 1'000, 1) + " s";
}

std::string joined(const json::array& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : ",") + std::string{word.as_string()};
  return all;
}

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
    const auto& one = each.as_object();
    const auto is_dead = text_at(one, "state") == "dead";
    table.add({text_at(one, "name"), text_at(one, "state"), is_dead ? "-" : seconds(one, "silent_ms") + " ago",
               number_at(one, "lease_ms") > 0 ? seconds(one, "lease_ms") : "none", whole_at(one, "ready"),
               whole_at(one, "loading"), whole_at(one, "leaving"), text_at(one, "zone"), text_at(one, "address"),
               text_at(one, "version"), joined(array_at(one, "roles"))});
  }
  print(table.text());
  const auto missing = whole_at(cluster, "replicas_missing");
  print("\n" + whole_at(cluster, "partitions") + " partitions, " + whole_at(cluster, "replicas")
        + " replicas of each wanted, " + (missing == "0" ? "none missing" : missing + " MISSING") + "\n");
  return exit_code::done;
}

core::result<exit_code> set_drained(session& with, const std::string& name, const std::string& how) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto done, node.write("POST", "nodes/" + url_encoded(name) + "/" + how, "{}"));
  if (with.wants_json)
    print_json(done);
  return exit_code::done;
}

} // namespace

void add_cluster(CLI::App& app, session& with) {
  auto* cluster = app.add_subcommand("cluster", "the nodes that work together on one store");
  cluster->require_subcommand(1);
  on_chosen(*cluster->add_subcommand("status", "nodes, what each holds, and what is missing"), with, show_cluster);

  auto* nodes = app.add_subcommand("nodes", "single nodes of the cluster");
  nodes->require_subcommand(1);
  for (const auto& [how, what] : {std::pair{"drain", "empty a node before it is stopped: its partitions move away"},
                                  {"undrain", "let a node hold partitions again"}}) {
    auto* command = nodes->add_subcommand(how, what);
    auto name = std::make_shared<std::string>();
    command->add_option("node", *name, "its name")->required();
    on_chosen(*command, with,
              [name, how = std::string{how}](session& chosen) { return set_drained(chosen, *name, how); });
  }
}

} // namespace rollcall::cli
