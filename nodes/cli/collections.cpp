// `rollcall collections list|create|show|delete`.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

namespace rollcall::cli {

namespace {

json::object collection_member(const std::string& id) {
  json::object request;
  request["CollectionId"] = id;
  return request;
}

core::result<json::array> fetch_all(client& node) {
  json::array all;
  std::string after;
  do {
    ROLLCALL_TRY(const auto page,
                 node.read("collections?limit=1000" + (after.empty() ? "" : "&after=" + url_encoded(after))));
    const auto& rows = array_at(page, "collections");
    all.insert(all.end(), rows.begin(), rows.end());
    after = text_at(page, "next");
  } while (!after.empty());
  return all;
}

core::result<exit_code> list(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto all, fetch_all(node));
  if (with.wants_json) {
    print_json(json::object{{"collections", all}});
    return exit_code::done;
  }
  text_table table{{"COLLECTION", "FACES", "USERS", "MODEL", "CREATED"}};
  for (const auto& each : all) {
    const auto& row = as_row(each);
    table.add({text_at(row, "collection_id"), fixed(number_at(row, "face_count"), 0),
               fixed(number_at(row, "user_count"), 0), text_at(row, "model_version"), text_at(row, "created")});
  }
  print(table.text());
  return exit_code::done;
}

core::result<exit_code> create(session& with, const std::string& id) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto reply, node.call("CreateCollection", collection_member(id)));
  if (with.wants_json)
    print_json(reply);
  else
    print("created " + id + "\n");
  return exit_code::done;
}

core::result<exit_code> show(session& with, const std::string& id) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto reply, node.call("DescribeCollection", collection_member(id)));
  if (with.wants_json) {
    print_json(reply);
    return exit_code::done;
  }
  text_table table{{"collection", id}};
  table.add({"faces", fixed(number_at(reply, "FaceCount"), 0)});
  table.add({"users", fixed(number_at(reply, "UserCount"), 0)});
  table.add({"model", text_at(reply, "FaceModelVersion")});
  table.add({"created", moment(number_at(reply, "CreationTimestamp"))});
  table.add({"arn", text_at(reply, "CollectionARN")});
  print(table.text());
  return exit_code::done;
}

core::result<exit_code> remove(session& with, const std::string& id) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto reply, node.call("DeleteCollection", collection_member(id)));
  if (with.wants_json)
    print_json(reply);
  else
    print("deleted " + id + "\n");
  return exit_code::done;
}

using one_collection = core::result<exit_code>(session&, const std::string&);

void add_one(CLI::App& under, session& with, const std::string& name, const std::string& help, one_collection* run) {
  auto id = std::make_shared<std::string>();
  auto* command = under.add_subcommand(name, help);
  command->add_option("COLLECTION", *id)->required();
  on_chosen(*command, with, [id, run](session& chosen) { return run(chosen, *id); });
}

} // namespace

void add_collections(CLI::App& app, session& with) {
  auto* collections = app.add_subcommand("collections", "collections of faces");
  collections->require_subcommand(1);
  on_chosen(*collections->add_subcommand("list", "all collections with their counts"), with, list);
  add_one(*collections, with, "create", "make an empty collection", create);
  add_one(*collections, with, "show", "one collection", show);
  add_one(*collections, with, "delete", "delete a collection with all its faces and users", remove);
}

} // namespace rollcall::cli
