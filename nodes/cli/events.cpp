// `rollcall events replay|follow`: what happened before the cameras.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>
#include <thread>

namespace rollcall::cli {

namespace {

constexpr std::chrono::seconds pause_between_looks{1};

struct wanted_events {
  std::string camera;
  std::string collection;
  std::string kind;
  std::optional<std::uint64_t> after;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
};

std::string query_of(const wanted_events& wanted, const std::string& after, std::uint64_t limit) {
  std::string query = "events?limit=" + std::to_string(limit) + "&after=" + after;
  const auto add = [&query](const std::string& key, const std::string& value) {
    if (!value.empty())
      query += "&" + key + "=" + url_encoded(value);
  };
  add("camera", wanted.camera);
  add("collection", wanted.collection);
  add("kind", wanted.kind);
  return query;
}

std::string text_of(const json::value& value) {
  if (value.is_string())
    return std::string{value.get_string()};
  return value.is_double() ? fixed(value.get_double(), 2) : json::serialize(value);
}

/// Who most resembles the person in view, in the words that its maker knows.
std::string candidate_of(const json::object& event) {
  const auto& candidates = array_at(event, "Candidates");
  if (candidates.empty())
    return {};
  const auto& first = as_row(candidates.front());
  for (const auto* name : {"UserId", "ExternalImageId", "FaceId"})
    if (const auto* found = first.if_contains(name))
      return "  " + std::string{name} + "=" + text_of(*found)
             + "  Similarity=" + text_of(first.contains("Similarity") ? first.at("Similarity") : json::value{});
  return {};
}

/// Number, time, camera, kind, who, then what else the event says in plain members.
std::string line_of(const json::object& event) {
  constexpr std::array columns{"CapturedAt", "Camera", "Kind"};
  constexpr std::array left_out{"Seq", "EventId", "Schema", "DecidedAt", "Node", "Run", "Claim"};
  std::string line = json::serialize(event.at("Seq"));
  for (const auto* column : columns)
    line += "  " + text_at(event, column);
  line += candidate_of(event);
  const auto is_in = [](const auto& names, std::string_view key) {
    return std::ranges::find(names, key) != names.end();
  };
  for (const auto& [key, value] : event)
    if (!is_in(columns, key) && !is_in(left_out, key) && !value.is_structured() && !value.is_null())
      line += "  " + std::string{key} + "=" + text_of(value);
  return printable(std::move(line)) + "\n";
}

void show_events(const json::array& events, bool wants_json) {
  for (const auto& each : events)
    if (wants_json)
      print_json(each);
    else if (const auto& event = as_row(each); event.contains("Seq"))
      print(line_of(event));
  std::fflush(stdout);
}

/// Prints events from `after` on until there are enough of them; at the end of those that are there it is over, too,
/// unless one waits for more.
core::result<exit_code> read_on(session& with, const wanted_events& wanted, std::string after, bool waits) {
  constexpr std::uint64_t page_rows = 1'000;
  ROLLCALL_TRY(auto node, client::make(with.connection));
  for (auto left = wanted.count; left > 0;) {
    ROLLCALL_TRY(const auto page, node.read(query_of(wanted, after, std::min(page_rows, left))));
    const auto& events = array_at(page, "events");
    show_events(events, with.wants_json);
    left -= std::min<std::uint64_t>(left, events.size());
    after = text_at(page, "last");
    if (!page.contains("next") && !waits)
      break;
    if (!page.contains("next") && left > 0)
      std::this_thread::sleep_for(pause_between_looks);
  }
  return exit_code::done;
}

core::result<exit_code> replay_events(session& with, const wanted_events& wanted) {
  return read_on(with, wanted, std::to_string(wanted.after.value_or(0)), false);
}

core::result<exit_code> follow_events(session& with, const wanted_events& wanted) {
  return read_on(with, wanted, wanted.after ? std::to_string(*wanted.after) : "newest", true);
}

void add_reading(CLI::App& events, session& with, const std::string& word, const std::string& does,
                 core::result<exit_code> (*run)(session&, const wanted_events&)) {
  auto wanted = std::make_shared<wanted_events>();
  auto* command = events.add_subcommand(word, does);
  command->add_option("--after", wanted->after, "those behind the one of this number");
  command->add_option("--camera", wanted->camera, "of this one only");
  command->add_option("--collection", wanted->collection, "of cameras that search in this one");
  command->add_option("--kind", wanted->kind, "of this kind only");
  command->add_option("--count", wanted->count, "end after so many")->check(CLI::PositiveNumber);
  on_chosen(*command, with, [wanted, run](session& chosen) { return run(chosen, *wanted); });
}

} // namespace

void add_events(CLI::App& app, session& with) {
  auto* events = app.add_subcommand("events", "what happened before the cameras");
  events->require_subcommand(1);
  add_reading(*events, with, "replay", "the events that are kept, oldest first", replay_events);
  add_reading(*events, with, "follow", "new events as they come, until interrupted", follow_events);
}

} // namespace rollcall::cli
