// `rollcall partitions list|memory|move|release`.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>

namespace rollcall::cli {

namespace {

struct listing {
  std::string collection;
  std::string node;
  std::size_t count = 1'000;
};

struct listed {
  json::array rows;
  bool is_whole = false; ///< no more follow
};

core::result<listed> fetch(client& node, const listing& wanted) {
  constexpr std::size_t page_length = 1'000;
  listed found;
  std::string after;
  while (found.rows.size() < wanted.count) {
    const auto left = wanted.count - found.rows.size();
    auto path = "partitions?limit=" + std::to_string(std::min(left, page_length));
    for (const auto& [name, value] :
         {std::pair{"collection", wanted.collection}, {"node", wanted.node}, {"after", after}})
      if (!value.empty())
        path += std::string{"&"} + name + "=" + url_encoded(value);
    ROLLCALL_TRY(const auto page, node.read(path));
    const auto& rows = array_at(page, "partitions");
    found.rows.insert(found.rows.end(), rows.begin(), rows.end());
    after = text_at(page, "next");
    found.is_whole = after.empty();
    if (found.is_whole)
      break;
  }
  return found;
}

// "loading from disk, 1200 of 250000 rows, 48000 a second, 5.2 s left": as much of it as is known.
std::string describe_load(const json::object& load) {
  if (load.empty())
    return "loading";
  auto line = "loading from " + text_at(load, "source") + ", " + whole_at(load, "rows");
  if (number_at(load, "rows_wanted") > 0)
    line += " of " + whole_at(load, "rows_wanted");
  line += " rows, " + whole_at(load, "rows_per_s") + " a second";
  return number_at(load, "left_ms") > 0 ? line + ", " + seconds_at(load, "left_ms") + " left" : line;
}

// "a, b (loading …)": what answers needs no word.
std::string replicas_of(const json::object& row) {
  std::string line;
  for (const auto& each : array_at(row, "replicas")) {
    const auto& one = as_row(each);
    const auto state = text_at(one, "state");
    line += (line.empty() ? "" : ", ") + text_at(one, "node");
    if (state == "loading")
      line += " (" + describe_load(object_at(one, "load")) + ")";
    else if (state != "ready")
      line += " (" + state + ")";
  }
  return line.empty() ? "none" : line;
}

// "to a, away from b".
std::string pins_of(const json::object& row) {
  const auto& pinned = object_at(row, "pinned");
  const auto to = words_at(pinned, "to");
  const auto away = words_at(pinned, "away_from");
  return (to.empty() ? "" : "to " + to) + (to.empty() || away.empty() ? "" : ", ")
         + (away.empty() ? "" : "away from " + away);
}

core::result<exit_code> list_partitions(session& with, const listing& wanted) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto found, fetch(node, wanted));
  text_table table{{"COLLECTION", "PARTITION", "HEAD", "MISSING", "REPLICAS", "PINNED"}};
  for (const auto& each : found.rows) {
    const auto& row = as_row(each);
    if (with.wants_json)
      print_json(row);
    else
      table.add({text_at(row, "collection_id"), whole_at(row, "partition"), whole_at(row, "seq"),
                 whole_at(row, "missing"), replicas_of(row), pins_of(row)});
  }
  if (!with.wants_json)
    print(table.text());
  if (!found.is_whole)
    std::fprintf(stderr, "rollcall: more follow: --count takes a larger number\n");
  return exit_code::done;
}

struct wanted_move {
  std::string partition; ///< COLLECTION/NUMBER
  std::string from;
  std::string to;
};

core::result<std::string> path_of(const std::string& partition) {
  const auto slash = partition.rfind('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == partition.size())
    return core::fail(core::error_code::invalid_config, "a partition is named COLLECTION/NUMBER, not " + partition);
  return "partitions/" + url_encoded(partition.substr(0, slash)) + "/" + url_encoded(partition.substr(slash + 1));
}

core::result<exit_code> move(session& with, const wanted_move& wanted) {
  ROLLCALL_TRY(const auto path, path_of(wanted.partition));
  ROLLCALL_TRY(auto node, client::make(with.connection));
  const auto body = json::serialize(json::object{{"from", wanted.from}, {"to", wanted.to}});
  ROLLCALL_TRY(const auto done, node.write("POST", path + "/move", body));
  if (with.wants_json)
    print_json(done);
  return exit_code::done;
}

core::result<exit_code> release(session& with, const std::string& partition) {
  ROLLCALL_TRY(const auto path, path_of(partition));
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto done, node.write("POST", path + "/release", "{}"));
  if (with.wants_json)
    print_json(done);
  else
    print("released " + whole_at(done, "released") + " pins\n");
  return exit_code::done;
}

void add_moves(CLI::App& partitions, session& with) {
  auto wanted = std::make_shared<wanted_move>();
  auto* moving = partitions.add_subcommand("move", "move a replica to another node, and keep it there");
  moving->add_option("PARTITION", wanted->partition, "COLLECTION/NUMBER")->required();
  moving->add_option("--from", wanted->from, "a node that holds it")->required();
  moving->add_option("--to", wanted->to, "a node that does not")->required();
  on_chosen(*moving, with, [wanted](session& chosen) { return move(chosen, *wanted); });
  auto partition = std::make_shared<std::string>();
  auto* releasing = partitions.add_subcommand("release", "let the formula alone decide about a partition again");
  releasing->add_option("PARTITION", *partition, "COLLECTION/NUMBER")->required();
  on_chosen(*releasing, with, [partition](session& chosen) { return release(chosen, *partition); });
}

} // namespace

void add_partitions(CLI::App& app, session& with) {
  auto* partitions = app.add_subcommand("partitions", "where the parts of the collections are held");
  partitions->require_subcommand(1);
  auto wanted = std::make_shared<listing>();
  auto* command = partitions->add_subcommand("list", "partitions, their replicas, and what is missing");
  command->add_option("--collection", wanted->collection, "of this collection only");
  command->add_option("--node", wanted->node, "held by this node only");
  command->add_option("--count", wanted->count, "how many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  on_chosen(*command, with, [wanted](session& chosen) { return list_partitions(chosen, *wanted); });
  add_memory(*partitions, with);
  add_moves(*partitions, with);
}

} // namespace rollcall::cli
