// `rollcall status`: what the node is and holds. `rollcall init`: its first admin key.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rollcall::cli {

namespace {

// "2333.1 MiB, 2446 B a reference: coarse codes 81, ..., embeddings 2048, ...".
std::string describe_memory(const json::object& status) {
  const auto references = number_at(status, "references");
  const auto total = number_at(status, "memory_bytes");
  auto line = mebibytes(total, 1) + " MiB";
  if (references == 0)
    return line;
  line += ", " + fixed(total / references, 0) + " B a reference:";
  const auto& parts = object_at(status, "memory");
  const char* between = " ";
  for (const auto& part : parts) {
    std::string name{part.key()};
    std::replace(name.begin(), name.end(), '_', ' ');
    line += between + name + " " + fixed(number_at(parts, part.key()) / references, 0);
    between = ", ";
  }
  return line;
}

core::result<exit_code> show_status(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto status, node.read("status"));
  if (with.wants_json) {
    print_json(status);
    return exit_code::done;
  }
  text_table table{{"node", with.connection.endpoint}};
  table.add({"version", text_at(status, "version")});
  table.add({"state", flag_at(status, "is_ready") ? "ready" : "loading"});
  table.add({"requests", flag_at(status, "is_open") ? "open to everybody on this machine: rollcall init closes it"
                                                    : "signed with a key"});
  table.add({"face model", text_at(status, "model_version") + " on " + text_at(status, "runtime")});
  table.add({"collections", whole_at(status, "collections")});
  table.add({"faces", whole_at(status, "faces")});
  table.add({"users", whole_at(status, "users")});
  table.add(
      {"index", whole_at(status, "references") + " references in " + whole_at(status, "partitions") + " partitions"});
  table.add({"memory", describe_memory(status)});
  table.add({"pictures", whole_at(status, "embedding_workers") + " workers, "
                             + whole_at(status, "embedding_outstanding") + " running or waiting"});
  table.add({"up", whole_at(status, "uptime_seconds") + " s"});
  print(table.text());
  return exit_code::done;
}

core::result<exit_code> make_first_key(session& with, const std::string& name) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  json::object body;
  body["name"] = name;
  const auto text = json::serialize(body);
  ROLLCALL_TRY(const auto key, node.write("POST", "init", text));
  if (with.wants_json) {
    print_json(key);
    return exit_code::done;
  }
  print("# The first admin key. The secret is shown this once; as a profile (~/.config/rollcall/profiles.toml, mode "
        "0600):\n[default]\nendpoint = \""
        + with.connection.endpoint + "\"\naccess_key = \"" + text_at(key, "access_key") + "\"\nsecret_key = \""
        + text_at(key, "secret") + "\"\n");
  return exit_code::done;
}

} // namespace

void add_status(CLI::App& app, session& with) {
  on_chosen(*app.add_subcommand("status", "what the node is, does and holds"), with, show_status);
}

void add_init(CLI::App& app, session& with) {
  auto* command = app.add_subcommand("init", "make the first admin key, on the node's own machine");
  auto name = std::make_shared<std::string>("admin");
  command->add_option("--name", *name, "who uses the key, as decisions show it")->capture_default_str();
  on_chosen(*command, with, [name](session& chosen) { return make_first_key(chosen, *name); });
}

} // namespace rollcall::cli
