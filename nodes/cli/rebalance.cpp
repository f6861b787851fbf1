// `rollcall rebalance --dry-run`: what the controller would do.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <boost/json/serialize.hpp>

#include <charconv>

namespace rollcall::cli {

namespace {

struct wanted_nodes {
  bool is_dry = false;
  bool shows_moves = false;
  std::vector<std::string> without;
  std::vector<std::string> drained;
  std::vector<std::string> with; ///< NAME:CAPACITY[:ZONE]
};

core::result<json::object> parse_node(const std::string& text) {
  const auto name_end = text.find(':');
  const auto capacity_end = text.find(':', name_end == std::string::npos ? name_end : name_end + 1);
  const auto capacity = name_end == std::string::npos ? "" : text.substr(name_end + 1, capacity_end - name_end - 1);
  double number = 0;
  const auto* end = capacity.data() + capacity.size();
  if (name_end == 0 || capacity.empty() || std::from_chars(capacity.data(), end, number).ptr != end)
    return core::fail(core::error_code::invalid_config,
                      "--with takes NAME:CAPACITY or NAME:CAPACITY:ZONE, not " + text);
  json::object node{{"name", text.substr(0, name_end)}, {"capacity", number}};
  if (capacity_end != std::string::npos)
    node["zone"] = text.substr(capacity_end + 1);
  return node;
}

core::result<std::string> body_of(const wanted_nodes& wanted) {
  json::array with;
  for (const auto& text : wanted.with) {
    ROLLCALL_TRY(auto node, parse_node(text));
    with.push_back(std::move(node));
  }
  json::object body{{"dry_run", true}};
  body["without"] = json::array(wanted.without.begin(), wanted.without.end());
  body["drained"] = json::array(wanted.drained.begin(), wanted.drained.end());
  body["with"] = std::move(with);
  return json::serialize(body);
}

void show(const json::object& told, bool shows_moves) {
  text_table table{{"NODE", "REPLICAS", "THEN", "LOADS", "GIVES UP"}};
  for (const auto& each : array_at(told, "nodes")) {
    const auto& node = as_row(each);
    table.add({text_at(node, "name"), whole_at(node, "before"), whole_at(node, "after"), whole_at(node, "loads"),
               whole_at(node, "drops")});
  }
  print(table.text());
  const auto loads = whole_at(told, "loads");
  print("\n"
        + (loads == "0" ? std::string{"nothing to load"}
                        : loads + " replicas to load, about " + whole_at(told, "references") + " references, "
                              + fixed(number_at(told, "bytes") / (1024 * 1024), 1) + " MiB of vectors")
        + "; " + whole_at(told, "drops") + " replicas to give up\n");
  if (const auto unanswered = whole_at(told, "unanswered"); unanswered != "0")
    print(unanswered + " partitions would be MISSING from answers until they are loaded\n");
  if (!shows_moves)
    return;
  text_table moves{{"WHAT", "COLLECTION", "PARTITION", "NODE", "REFERENCES"}};
  for (const auto& each : array_at(told, "moves")) {
    const auto& move = as_row(each);
    moves.add({text_at(move, "what"), text_at(move, "collection_id"), whole_at(move, "partition"),
               text_at(move, "node"), whole_at(move, "references")});
  }
  print("\n" + moves.text());
  if (static_cast<double>(array_at(told, "moves").size()) < number_at(told, "loads") + number_at(told, "drops"))
    print("only the first " + std::to_string(array_at(told, "moves").size()) + " are shown\n");
}

core::result<exit_code> rebalance(session& with, const wanted_nodes& wanted) {
  if (!wanted.is_dry)
    return core::fail(core::error_code::invalid_config,
                      "the controller moves partitions by itself; --dry-run shows what it would do");
  ROLLCALL_TRY(const auto body, body_of(wanted));
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto told, node.write("POST", "rebalance", body));
  if (with.wants_json)
    print_json(told);
  else
    show(told, wanted.shows_moves);
  return exit_code::done;
}

} // namespace

void add_rebalance(CLI::App& app, session& with) {
  auto* command = app.add_subcommand("rebalance", "what the controller would do with the partitions");
  auto wanted = std::make_shared<wanted_nodes>();
  command->add_flag("--dry-run", wanted->is_dry, "only show it; needed, since the controller acts by itself");
  const auto add = [command](const char* name, std::vector<std::string>& into, const char* help) {
    command->add_option(name, into, help)->type_size(1)->allow_extra_args(false);
  };
  add("--without", wanted->without, "as if this node were lost; may be repeated");
  add("--drained", wanted->drained, "as if this node were drained; may be repeated");
  add("--with", wanted->with, "as if there were this one, too: NAME:CAPACITY or NAME:CAPACITY:ZONE; may be repeated");
  command->add_flag("--moves", wanted->shows_moves, "list the replicas that would be loaded and given up");
  on_chosen(*command, with, [wanted](session& chosen) { return rebalance(chosen, *wanted); });
}

} // namespace rollcall::cli
