// `rollcall cluster status|token|join`.
#include "net/curve_keys.hpp"
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/key_file.hpp"

#include <boost/json/serialize.hpp>

namespace rollcall::cli {

namespace {

// "612 of 15872 MiB".
std::string memory_of(const json::object& node) {
  const auto& memory = object_at(node, "memory");
  if (memory.empty())
    return "";
  return mebibytes(number_at(memory, "used_bytes"), 0) + " of " + mebibytes(number_at(memory, "budget_bytes"), 0)
         + " MiB";
}

// "0.991 (0.985-0.995)": what approximate searches are seen to find.
std::string recall_of(const json::object& node) {
  const auto& recall = object_at(node, "recall");
  if (recall.empty())
    return "";
  return fixed(number_at(recall, "share"), 3) + " (" + fixed(number_at(recall, "low"), 3) + "-"
         + fixed(number_at(recall, "high"), 3) + ")";
}

core::result<exit_code> show_cluster(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto cluster, node.read("cluster"));
  if (with.wants_json) {
    print_json(cluster);
    return exit_code::done;
  }
  text_table table{{"NODE", "STATE", "HEARD", "LEASE", "READY", "LOADING", "LEAVING", "MEMORY", "RECALL", "ZONE",
                    "ADDRESS", "VERSION", "ROLES"}};
  for (const auto& each : array_at(cluster, "nodes")) {
    const auto& one = as_row(each);
    table.add({text_at(one, "name"), text_at(one, "state") + (flag_at(one, "fenced") ? ", fenced" : ""), heard(one),
               number_at(one, "lease_ms") > 0 ? seconds_at(one, "lease_ms") : "none", whole_at(one, "ready"),
               whole_at(one, "loading"), whole_at(one, "leaving"), memory_of(one), recall_of(one), text_at(one, "zone"),
               text_at(one, "address"), text_at(one, "version"), words_at(one, "roles")});
  }
  print(table.text());
  const auto missing = whole_at(cluster, "replicas_missing");
  print("\n" + whole_at(cluster, "partitions") + " partitions, " + whole_at(cluster, "replicas")
        + " replicas of each wanted, " + (missing == "0" ? "none missing" : missing + " MISSING") + "\n");
  return exit_code::done;
}

struct wanted_token {
  double seconds = 3'600;
  std::string node;
};

core::result<exit_code> make_token(session& with, const wanted_token& wanted) {
  ROLLCALL_TRY(auto node, client::make_for_secrets(with.connection));
  json::object body{{"ttl_seconds", static_cast<std::int64_t>(wanted.seconds)}};
  if (!wanted.node.empty())
    body["node"] = wanted.node;
  const auto text = json::serialize(body);
  ROLLCALL_TRY(const auto made, node.write("POST", "cluster/tokens", text));
  if (with.wants_json)
    print_json(made);
  else
    print("# Lets one node in, once. It is shown this once.\n" + text_at(made, "token") + "\n");
  return exit_code::done;
}

struct joining {
  std::string token;
  std::string key_file;
  std::string name;
};

// The token stands for the caller: whoever has one needs no API key, and none is sent.
core::result<exit_code> join(session& with, const joining& wanted) {
  ROLLCALL_TRY(const auto secret, nodes::read_key(wanted.key_file, nodes::node_key_bytes));
  ROLLCALL_TRY(const auto keys, net::pair_of(core::byte_view{secret}));
  auto anonymous = with.connection;
  anonymous.access_key.clear();
  ROLLCALL_TRY(auto node, client::make_for_secrets(anonymous));
  const auto text =
      json::serialize(json::object{{"token", wanted.token}, {"node", wanted.name}, {"public_key", keys.public_key}});
  ROLLCALL_TRY(const auto joined, node.write("POST", "cluster/join", text));
  if (with.wants_json)
    print_json(joined);
  else
    print("the node " + printable(wanted.name) + " may start with the key " + keys.public_key + "\n");
  return exit_code::done;
}

void add_token(CLI::App& cluster, session& with) {
  auto wanted = std::make_shared<wanted_token>();
  auto* making = cluster.add_subcommand("token", "make a token that lets one node in, once; it is printed once");
  making->add_option("--ttl", wanted->seconds, "for how long: a number with s, m, h or d, a week at most (1h)")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 24 * 3'600}}))
      ->check(CLI::Range(1.0, 7.0 * 24 * 3'600));
  making->add_option("--node", wanted->node, "for the node of this name only");
  on_chosen(*making, with, [wanted](session& chosen) { return make_token(chosen, *wanted); });
}

void add_join(CLI::App& cluster, session& with) {
  auto wanted = std::make_shared<joining>();
  auto* command = cluster.add_subcommand("join", "register a node's key, with a token, before its first start");
  command->add_option("--token", wanted->token, "of `rollcall cluster token`; else $ROLLCALL_JOIN_TOKEN")
      ->envname("ROLLCALL_JOIN_TOKEN")
      ->required();
  command->add_option("--node-key", wanted->key_file, "the node's key, of `rollcall keys node`")->required();
  command->add_option("--name", wanted->name, "as it will be started: its node.name")->required();
  on_chosen(*command, with, [wanted](session& chosen) { return join(chosen, *wanted); });
}

} // namespace

void add_cluster(CLI::App& app, session& with) {
  auto* cluster = app.add_subcommand("cluster", "the nodes that work together on one store");
  cluster->require_subcommand(1);
  on_chosen(*cluster->add_subcommand("status", "nodes, what each holds, and what is missing"), with, show_cluster);
  add_top(*cluster, with);
  add_token(*cluster, with);
  add_join(*cluster, with);
}

} // namespace rollcall::cli
