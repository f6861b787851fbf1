// `rollcall cameras add|list|status|start|stop|remove`: streams whose faces are searched for in a collection.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"
#include "wire/stream_uri.hpp"

#include <boost/json/serialize.hpp>

#include <iostream>

namespace rollcall::cli {

namespace {

struct new_camera {
  std::string name;
  std::string input;
  std::string collection;
  double threshold = 80;
};

/// The URI, or with "-" what stands in the first line of stdin: arguments show in process lists.
core::result<std::string> read_uri(const std::string& given) {
  if (given != "-")
    return given;
  std::string line;
  if (!std::getline(std::cin, line))
    return core::fail(core::error_code::invalid_config, "there is no URI on stdin");
  return line;
}

/// A URI that has a password goes where nobody reads along.
core::result<client> client_for(const session& with, const std::string& uri) {
  return wire::without_secrets(uri) == uri ? client::make(with.connection) : client::make_for_secrets(with.connection);
}

core::result<exit_code> show_change(const session& with, const json::object& camera) {
  if (with.wants_json)
    print_json(camera);
  else
    print(printable(text_at(camera, "name") + ": " + text_at(camera, "status")) + "\n");
  return exit_code::done;
}

core::result<exit_code> add_camera(session& with, const new_camera& wanted) {
  ROLLCALL_TRY(const auto uri, read_uri(wanted.input));
  ROLLCALL_TRY(auto node, client_for(with, uri));
  const json::object body{
      {"name", wanted.name}, {"input", uri}, {"collection", wanted.collection}, {"threshold", wanted.threshold}};
  ROLLCALL_TRY(const auto camera, node.write("POST", "cameras", json::serialize(body)));
  return show_change(with, camera);
}

core::result<exit_code> change_camera(session& with, const std::string& name, const std::string& how) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto camera, node.write("POST", "cameras/" + url_encoded(name) + "/" + how, "{}"));
  return show_change(with, camera);
}

core::result<exit_code> remove_camera(session& with, const std::string& name) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto reply, node.write("DELETE", "cameras/" + url_encoded(name), "{}"));
  if (with.wants_json)
    print_json(reply);
  else
    print("removed " + printable(name) + "\n");
  return exit_code::done;
}

core::result<json::array> fetch_cameras(client& node) {
  json::array all;
  std::string after;
  do {
    ROLLCALL_TRY(const auto page, node.read("cameras?limit=1000&after=" + url_encoded(after)));
    const auto& rows = array_at(page, "cameras");
    all.insert(all.end(), rows.begin(), rows.end());
    after = text_at(page, "next");
  } while (!after.empty());
  return all;
}

core::result<exit_code> list_cameras(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto all, fetch_cameras(node));
  text_table table{{"NAME", "STATUS", "COLLECTION", "FROM", "NODE", "INPUT", "MESSAGE"}};
  for (const auto& each : all) {
    const auto& row = as_row(each);
    if (with.wants_json)
      print_json(row);
    else
      table.add({text_at(row, "name"), text_at(row, "status"), text_at(row, "collection"),
                 fixed(number_at(row, "threshold"), 1), text_at(row, "node"), text_at(row, "input"),
                 text_at(row, "message")});
  }
  if (!with.wants_json)
    print(table.text());
  return exit_code::done;
}

core::result<exit_code> show_camera(session& with, const std::string& name) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto camera, node.read("cameras/" + url_encoded(name)));
  if (with.wants_json) {
    print_json(camera);
    return exit_code::done;
  }
  text_table table{{"name", text_at(camera, "name")}};
  for (const auto& [key, value] : camera)
    if (key != "name")
      table.add({std::string{key}, value.is_string()   ? text_at(camera, key)
                                   : value.is_double() ? fixed(value.get_double(), 2)
                                                       : json::serialize(value)});
  print(table.text());
  return exit_code::done;
}

/// A command about the one camera that its argument names.
template <class Run>
void add_for_one(CLI::App& cameras, session& with, const std::string& word, const std::string& does, Run run) {
  auto name = std::make_shared<std::string>();
  auto* command = cameras.add_subcommand(word, does);
  command->add_option("NAME", *name, "the camera")->required();
  on_chosen(*command, with, [name, run](session& chosen) { return run(chosen, *name); });
}

void add_adding(CLI::App& cameras, session& with) {
  auto wanted = std::make_shared<new_camera>();
  auto* command = cameras.add_subcommand("add", "make a camera known; it is stopped at first");
  command->add_option("NAME", wanted->name, "of the camera, unique")->required();
  command->add_option("INPUT", wanted->input, "URI of its stream; -: the first line of stdin")->required();
  command->add_option("--collection", wanted->collection, "search for its faces in this one")->required();
  command->add_option("--threshold", wanted->threshold, "similarity from which a face is one that is known")
      ->check(CLI::Range(80.0, 100.0))
      ->capture_default_str();
  on_chosen(*command, with, [wanted](session& chosen) { return add_camera(chosen, *wanted); });
}

} // namespace

void add_cameras(CLI::App& app, session& with) {
  auto* cameras = app.add_subcommand("cameras", "streams whose faces are searched for in a collection");
  cameras->require_subcommand(1);
  add_adding(*cameras, with);
  on_chosen(*cameras->add_subcommand("list", "all cameras and how they are"), with, list_cameras);
  add_for_one(*cameras, with, "status", "one camera", show_camera);
  add_for_one(*cameras, with, "start", "have a node read the stream",
              [](session& chosen, const std::string& name) { return change_camera(chosen, name, "start"); });
  add_for_one(*cameras, with, "stop", "have it stop that",
              [](session& chosen, const std::string& name) { return change_camera(chosen, name, "stop"); });
  add_for_one(*cameras, with, "remove", "forget a stopped camera; its events stay", remove_camera);
}

} // namespace rollcall::cli
