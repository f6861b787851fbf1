// `rollcall nodes list|drain|undrain|remove`.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

namespace rollcall::cli {

namespace {

core::result<exit_code> list_nodes(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto cluster, node.read("cluster"));
  if (with.wants_json) {
    print_json(json::object{{"nodes", array_at(cluster, "nodes")}});
    return exit_code::done;
  }
  text_table table{{"NODE", "STATE", "ROLES", "ZONE", "CAPACITY", "ADDRESS", "VERSION", "HEARD", "REPLICAS"}};
  for (const auto& each : array_at(cluster, "nodes")) {
    const auto& one = as_row(each);
    const auto held = number_at(one, "ready") + number_at(one, "loading") + number_at(one, "leaving");
    table.add({text_at(one, "name"), text_at(one, "state"), words_at(one, "roles"), text_at(one, "zone"),
               fixed(number_at(one, "capacity"), 1), text_at(one, "address"), text_at(one, "version"), heard(one),
               fixed(held, 0)});
  }
  print(table.text());
  return exit_code::done;
}

core::result<exit_code> set_drained(session& with, const std::string& name, const std::string& how) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto done, node.write("POST", "nodes/" + url_encoded(name) + "/" + how, "{}"));
  if (with.wants_json)
    print_json(done);
  return exit_code::done;
}

core::result<exit_code> remove(session& with, const std::string& name, bool is_forced) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto done,
               node.write("DELETE", "nodes/" + url_encoded(name) + (is_forced ? "?force=true" : ""), "{}"));
  if (with.wants_json) {
    print_json(done);
    return exit_code::done;
  }
  print("removed " + name + "\n");
  const auto& left = array_at(done, "unanswered");
  if (!left.empty())
    print("until other nodes have loaded them searches lack " + std::to_string(left.size()) + " partitions:\n");
  for (const auto& each : left)
    print("  " + printable(text_at(as_row(each), "collection_id")) + "/" + whole_at(as_row(each), "partition") + "\n");
  return exit_code::done;
}

std::shared_ptr<std::string> add_name(CLI::App& command) {
  auto name = std::make_shared<std::string>();
  command.add_option("NODE", *name, "its name")->required();
  return name;
}

} // namespace

void add_nodes(CLI::App& app, session& with) {
  auto* nodes = app.add_subcommand("nodes", "single nodes of the cluster");
  nodes->require_subcommand(1);
  on_chosen(*nodes->add_subcommand("list", "all nodes, and what each is"), with, list_nodes);
  for (const auto& [how, what] : {std::pair{"drain", "empty a node before it is stopped: its partitions move away"},
                                  {"undrain", "let a node hold partitions again"}}) {
    auto* command = nodes->add_subcommand(how, what);
    on_chosen(*command, with, [name = add_name(*command), how = std::string{how}](session& chosen) {
      return set_drained(chosen, *name, how);
    });
  }
  auto* removing = nodes->add_subcommand("remove", "take a node out for good that was drained, or is dead");
  auto is_forced = std::make_shared<bool>(false);
  removing->add_flag("--force", *is_forced, "even if it is the last that answers for something");
  on_chosen(*removing, with,
            [name = add_name(*removing), is_forced](session& chosen) { return remove(chosen, *name, *is_forced); });
}

} // namespace rollcall::cli
