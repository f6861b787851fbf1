// `rollcall collections list|create|show|delete|resize|recall`.
#include "core/clock.hpp"
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdio>
#include <thread>

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

std::string recall(double floor) {
  return floor < 1 ? fixed(floor, 4) : "exact";
}

core::result<exit_code> list_collections(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto all, fetch_all(node));
  if (with.wants_json) {
    print_json(json::object{{"collections", all}});
    return exit_code::done;
  }
  text_table table{{"COLLECTION", "FACES", "USERS", "MODEL", "CREATED", "RECALL"}};
  for (const auto& each : all) {
    const auto& row = as_row(each);
    table.add({text_at(row, "collection_id"), fixed(number_at(row, "face_count"), 0),
               fixed(number_at(row, "user_count"), 0), text_at(row, "model_version"), text_at(row, "created"),
               recall(number_at(row, "recall_floor"))});
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

core::result<exit_code> show_collection(session& with, const std::string& id) {
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

struct wanted_size {
  std::string collection;
  std::uint32_t partitions = 0;
  bool is_given_up = false;
};

// Where a doubling stands, in words.
std::string describe(const json::object& reply) {
  const auto partitions = static_cast<std::uint64_t>(number_at(reply, "partitions"));
  auto line = text_at(reply, "collection_id") + ": " + std::to_string(partitions) + " partitions";
  const auto stage = text_at(reply, "stage");
  const auto missing = whole_at(reply, "missing");
  if (stage == "building")
    line += ", loading " + std::to_string(2 * partitions) + " beside them"
            + (missing == "0" ? "" : ", " + missing + " replicas to go");
  else if (stage == "leaving")
    line += ", the " + std::to_string(partitions / 2) + " before them answer the queries that began before";
  return line;
}

bool is_done(const wanted_size& wanted, const json::object& reply) {
  return text_at(reply, "stage") == "none"
         && (wanted.is_given_up || number_at(reply, "partitions") >= wanted.partitions);
}

// Each request takes the doubling as far as it goes, and may be sent again: the store knows where it stands. A step
// takes longer than a request may where a node has to load first.
core::result<exit_code> resize(session& with, const wanted_size& wanted) {
  constexpr std::chrono::milliseconds pause{500};
  constexpr std::chrono::minutes patience{2};
  ROLLCALL_TRY(auto node, client::make(with.connection));
  const json::object request =
      wanted.is_given_up ? json::object{{"give_up", true}} : json::object{{"partitions", wanted.partitions}};
  const auto path = "collections/" + url_encoded(wanted.collection) + "/resize";
  std::string shown;
  auto without_answer = core::deadline::in(patience);
  for (;; std::this_thread::sleep_for(pause)) {
    const auto reply = node.write("POST", path, json::serialize(request));
    if (!reply && (!core::is_retryable(reply.failure().code) || without_answer.has_passed()))
      return reply.failure();
    if (reply && is_done(wanted, *reply)) {
      if (with.wants_json)
        print_json(*reply);
      else
        print(describe(*reply) + "\n");
      return exit_code::done;
    }
    if (reply)
      without_answer = core::deadline::in(patience);
    if (const auto line = reply ? describe(*reply) : reply.failure().message + "; asking again"; line != shown) {
      std::fprintf(stderr, "%s\n", line.c_str());
      shown = line;
    }
  }
}

void add_resize(CLI::App& under, session& with) {
  auto wanted = std::make_shared<wanted_size>();
  auto* command = under.add_subcommand("resize", "double a collection's partitions while it serves");
  command->add_option("COLLECTION", wanted->collection)->required();
  auto* number = command->add_option("--partitions", wanted->partitions, "how many it is to have: a power of two");
  auto* giving_up = command->add_flag("--give-up", wanted->is_given_up, "forget the doubling that is being prepared");
  giving_up->excludes(number);
  on_chosen(*command, with, [wanted](session& chosen) -> core::result<exit_code> {
    if (!wanted->is_given_up && wanted->partitions == 0)
      return core::fail(core::error_code::invalid_config, "resize takes --partitions N, or --give-up");
    return resize(chosen, *wanted);
  });
}

core::result<exit_code> set_recall(session& with, const std::string& collection, double floor) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto reply, node.write("POST", "collections/" + url_encoded(collection) + "/recall",
                                            json::serialize(json::object{{"recall_floor", floor}})));
  if (with.wants_json)
    print_json(reply);
  else
    print(text_at(reply, "collection_id") + ": " + recall(number_at(reply, "recall_floor")) + "\n");
  return exit_code::done;
}

void add_recall(CLI::App& under, session& with) {
  struct wanted_recall {
    std::string collection;
    double floor = 0;
    bool is_exact = false;
  };
  auto wanted = std::make_shared<wanted_recall>();
  auto* command = under.add_subcommand("recall", "how much of what is nearest searches may miss");
  command->add_option("COLLECTION", wanted->collection)->required();
  auto* floor = command->add_option("--floor", wanted->floor, "share of the nearest faces that searches are to find");
  command->add_flag("--exact", wanted->is_exact, "all of them, proved")->excludes(floor);
  on_chosen(*command, with, [wanted](session& chosen) -> core::result<exit_code> {
    if (!wanted->is_exact && wanted->floor == 0)
      return core::fail(core::error_code::invalid_config, "recall takes --floor SHARE, or --exact");
    return set_recall(chosen, wanted->collection, wanted->is_exact ? 1 : wanted->floor);
  });
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
  on_chosen(*collections->add_subcommand("list", "all collections with their counts"), with, list_collections);
  add_one(*collections, with, "create", "make an empty collection", create);
  add_one(*collections, with, "show", "one collection", show_collection);
  add_resize(*collections, with);
  add_recall(*collections, with);
  add_one(*collections, with, "delete", "delete a collection with all its faces and users", remove);
}

} // namespace rollcall::cli
