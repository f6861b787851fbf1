// `rollcall keys create|list|revoke`.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <boost/json/serialize.hpp>

namespace rollcall::cli {

namespace {

struct new_key {
  std::string name;
  std::string role = "search";
  std::vector<std::string> collections;
};

core::result<exit_code> create(session& with, const new_key& wanted) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  json::object body;
  body["name"] = wanted.name;
  body["role"] = wanted.role;
  body["collections"] = json::array(wanted.collections.begin(), wanted.collections.end());
  const auto text = json::serialize(body);
  ROLLCALL_TRY(const auto key, node.write("POST", "keys", text));
  if (with.wants_json)
    print_json(key);
  else
    print("# The secret is shown this once.\naccess_key = \"" + text_at(key, "access_key") + "\"\nsecret_key = \""
          + text_at(key, "secret") + "\"\n");
  return exit_code::done;
}

core::result<exit_code> list(session& with) {
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

} // namespace

void add_keys(CLI::App& app, session& with) {
  auto* keys = app.add_subcommand("keys", "API keys: who may call the node, and for what");
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
  on_chosen(*creating, with, [wanted](session& chosen) { return create(chosen, *wanted); });
  on_chosen(*keys->add_subcommand("list", "all keys, without their secrets"), with, list);
  auto access_key = std::make_shared<std::string>();
  auto* revoking = keys->add_subcommand("revoke", "end a key, at once and for ever");
  revoking->add_option("ACCESS_KEY", *access_key)->required();
  on_chosen(*revoking, with, [access_key](session& chosen) { return revoke(chosen, *access_key); });
}

} // namespace rollcall::cli
