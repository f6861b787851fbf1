// `rollcall keys create|list|revoke|node`.
#include "net/curve_keys.hpp"
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/key_file.hpp"

#include <optional>

#include <boost/json/serialize.hpp>

namespace rollcall::cli {

namespace {

struct new_key {
  std::string name;
  std::string role = "search";
  std::vector<std::string> collections;
  bool is_for_zmq = false;
};

std::string new_key_text(const json::object& key) {
  std::string text = "# The secret is shown this once.\n";
  const auto add = [&text](const json::object& from, std::string_view name, std::string_view member) {
    if (const auto value = text_at(from, member); !value.empty())
      text.append(name).append(" = \"").append(value).append("\"\n");
  };
  add(key, "access_key", "access_key");
  add(key, "secret_key", "secret");
  add(key, "curve_public", "curve_key");
  add(key, "curve_secret", "curve_secret");
  const auto* zmq = key.if_contains("zmq");
  if (zmq == nullptr || !zmq->is_object())
    return text;
  for (const auto* member : {"server_key", "queries", "frames", "events"})
    add(zmq->get_object(), std::string{"zmq_"} + member, member);
  if (!zmq->get_object().contains("queries") && !zmq->get_object().contains("frames")
      && !zmq->get_object().contains("events"))
    text += "# This node listens on no ZeroMQ socket: set zmq.queries, zmq.frames, zmq.events.\n";
  return text;
}

core::result<exit_code> create(session& with, const new_key& wanted) {
  ROLLCALL_TRY(auto node, client::make_for_secrets(with.connection));
  json::object body;
  body["name"] = wanted.name;
  body["role"] = wanted.role;
  body["collections"] = json::array(wanted.collections.begin(), wanted.collections.end());
  std::optional<net::curve_key_pair> curve; // its secret half stays here
  if (wanted.is_for_zmq) {
    curve = net::make_key_pair();
    body["curve_key"] = curve->public_key;
  }
  const auto text = json::serialize(body);
  ROLLCALL_TRY(auto key, node.write("POST", "keys", text));
  if (curve)
    key["curve_secret"] = curve->secret_key;
  if (with.wants_json)
    print_json(key);
  else
    print(new_key_text(key));
  return exit_code::done;
}

core::result<exit_code> list_keys(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto reply, node.read("keys"));
  if (with.wants_json) {
    print_json(reply);
    return exit_code::done;
  }
  text_table table{{"ACCESS KEY", "NAME", "ROLE", "COLLECTIONS", "CREATED", "REVOKED"}};
  for (const auto& each : array_at(reply, "keys")) {
    const auto& key = as_row(each);
    const auto only = words_at(key, "collections");
    table.add({text_at(key, "access_key"), text_at(key, "name"), text_at(key, "role"), only.empty() ? "all" : only,
               text_at(key, "created"), text_at(key, "revoked")});
  }
  print(table.text());
  return exit_code::done;
}

core::result<exit_code> revoke(session& with, const std::string& access_key) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto reply, node.write("DELETE", "keys/" + url_encoded(access_key), "{}"));
  if (with.wants_json)
    print_json(reply);
  else
    print("revoked " + access_key + "\n");
  return exit_code::done;
}

// What a node makes at its first start, made before: asks no node.
core::result<exit_code> make_node_key(session& with, const std::string& file) {
  ROLLCALL_TRY(const auto secret, nodes::make_key(file, nodes::node_key_bytes));
  ROLLCALL_TRY(const auto keys, net::pair_of(core::byte_view{secret}));
  if (with.wants_json)
    print_json(json::object{{"file", file}, {"public_key", keys.public_key}});
  else
    print("wrote " + printable(file) + "\npublic_key = " + keys.public_key + "\n");
  return exit_code::done;
}

void add_node_key(CLI::App& keys, session& with) {
  auto file = std::make_shared<std::string>("node.key");
  auto* making = keys.add_subcommand("node", "make the key by which other nodes know a node");
  making->add_option("--out", *file, "the new file; one that exists is never written over")->capture_default_str();
  on_chosen(*making, with, [file](session& chosen) { return make_node_key(chosen, *file); });
}

} // namespace

void add_keys(CLI::App& app, session& with) {
  auto* keys = app.add_subcommand("keys", "API keys: who may call the node, and for what; and the keys of nodes");
  keys->require_subcommand(1);
  auto wanted = std::make_shared<new_key>();
  auto* creating = keys->add_subcommand("create", "make a key; its secret is printed once");
  creating->add_option("--name", wanted->name, "who uses it, as decisions show it")->required();
  creating->add_option("--role", wanted->role, "admin includes write, write includes search")
      ->check(CLI::IsMember({"search", "write", "admin"}))
      ->capture_default_str();
  creating->add_option("--collection", wanted->collections, "only this collection; may be repeated")
      ->type_size(1)
      ->allow_extra_args(false);
  creating->add_flag("--zmq", wanted->is_for_zmq, "let it in over ZeroMQ too: makes a CURVE pair for it");
  on_chosen(*creating, with, [wanted](session& chosen) { return create(chosen, *wanted); });
  on_chosen(*keys->add_subcommand("list", "all keys, without their secrets"), with, list_keys);
  auto access_key = std::make_shared<std::string>();
  auto* revoking = keys->add_subcommand("revoke", "end a key, at once and for ever");
  revoking->add_option("ACCESS_KEY", *access_key)->required();
  on_chosen(*revoking, with, [access_key](session& chosen) { return revoke(chosen, *access_key); });
  add_node_key(*keys, with);
}

} // namespace rollcall::cli
