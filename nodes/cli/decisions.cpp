// `rollcall decisions list|show`: every recognition that the node answered.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

namespace rollcall::cli {

namespace {

struct wanted_decisions {
  std::string collection;
  std::string principal;
  std::string candidate;
  std::size_t count = 20;
};

std::string query_of(const wanted_decisions& wanted, const std::string& before, std::size_t limit) {
  std::string query = "decisions?limit=" + std::to_string(limit);
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!value.empty())
      query += "&" + key + "=" + url_encoded(value);
  };
  add("collection", wanted.collection);
  add("principal", wanted.principal);
  add("candidate", wanted.candidate);
  add("before", before);
  return query;
}

core::result<json::array> fetch(client& node, const wanted_decisions& wanted) {
  constexpr std::size_t page_rows = 1'000;
  json::array all;
  std::string before;
  do {
    const auto limit = std::min(page_rows, wanted.count - all.size());
    ROLLCALL_TRY(const auto page, node.read(query_of(wanted, before, limit)));
    const auto& rows = array_at(page, "decisions");
    all.insert(all.end(), rows.begin(), rows.end());
    before = text_at(page, "next");
  } while (!before.empty() && all.size() < wanted.count);
  return all;
}

std::vector<std::string> row_of(const json::object& decision) {
  const auto& candidates = array_at(decision, "candidates");
  const auto threshold = number_at(decision, "threshold");
  const auto is_found = [&](const json::value& one) { return number_at(as_row(one), "similarity") >= threshold; };
  std::string best = "nobody";
  if (!candidates.empty()) {
    const auto& first = as_row(candidates.front());
    best = text_at(first, "id") + " " + fixed(number_at(first, "similarity"), 2);
  }
  return {text_at(decision, "at"),
          text_at(decision, "request"),
          text_at(decision, "principal"),
          text_at(decision, "operation"),
          text_at(decision, "collection"),
          fixed(threshold, 0),
          std::to_string(std::ranges::count_if(candidates, is_found)),
          best};
}

core::result<exit_code> list_decisions(session& with, const wanted_decisions& wanted) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto all, fetch(node, wanted));
  if (with.wants_json) {
    for (const auto& each : all)
      print_json(each);
    return exit_code::done;
  }
  text_table table{{"TIME", "REQUEST", "PRINCIPAL", "OPERATION", "COLLECTION", "FROM", "FOUND", "BEST"}};
  for (const auto& each : all)
    table.add(row_of(as_row(each)));
  print(table.text());
  return exit_code::done;
}

core::result<exit_code> show_decision(session& with, const std::string& request) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto decision, node.read("decisions/" + url_encoded(request)));
  if (with.wants_json) {
    print_json(decision);
    return exit_code::done;
  }
  text_table table{{"request", text_at(decision, "request")}};
  for (const auto& [key, value] : decision)
    if (key != "request" && key != "candidates")
      table.add({std::string{key}, value.is_string() ? text_at(decision, key) : json::serialize(value)});
  print(table.text());
  text_table candidates{{"SIMILARITY", "CANDIDATE"}};
  for (const auto& each : array_at(decision, "candidates"))
    candidates.add({fixed(number_at(as_row(each), "similarity"), 2), text_at(as_row(each), "id")});
  print("\n" + candidates.text());
  return exit_code::done;
}

} // namespace

void add_decisions(CLI::App& app, session& with) {
  auto* decisions = app.add_subcommand("decisions", "the log of every recognition that was answered");
  decisions->require_subcommand(1);
  auto wanted = std::make_shared<wanted_decisions>();
  auto* listing = decisions->add_subcommand("list", "the newest decisions; with --json one a line");
  listing->add_option("--collection", wanted->collection, "searches in this collection");
  listing->add_option("--principal", wanted->principal, "asked with the key of this name");
  listing->add_option("--candidate", wanted->candidate, "that named this face or user id");
  listing->add_option("--count", wanted->count, "how many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  on_chosen(*listing, with, [wanted](session& chosen) { return list_decisions(chosen, *wanted); });
  auto request = std::make_shared<std::string>();
  auto* showing = decisions->add_subcommand("show", "one decision with its candidates");
  showing->add_option("REQUEST_ID", *request, "x-amzn-RequestId of the reply")->required();
  on_chosen(*showing, with, [request](session& chosen) { return show_decision(chosen, *request); });
}

} // namespace rollcall::cli
