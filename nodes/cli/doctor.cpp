// `rollcall doctor`: what is wrong with a node and its cluster, and what to do.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/diagnosis.hpp"
#include "nodes/cli/output.hpp"

#include "core/clock.hpp"

#include <algorithm>
#include <chrono>

namespace rollcall::cli {

namespace {

double now_ms() {
  const auto now = core::system_wall_clock{}.now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

core::result<examined> examine(session& with) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  examined found;
  const auto begun = now_ms();
  ROLLCALL_TRY(found.node, node.read("doctor"));
  // The node looks at its clock last, so only the way back lies between; the whole exchange is counted as doubt.
  found.now_ms = now_ms();
  found.doubt_ms = found.now_ms - begun;
  if (const auto* clustered = found.node.if_contains("is_clustered"); clustered != nullptr && *clustered == true) {
    auto cluster = node.read("cluster");
    if (cluster)
      found.cluster = *std::move(cluster);
    else if (!object_at(found.node, "store").contains("problem")) // else it says why
      return std::move(cluster).failure();
  }
  return found;
}

void print_table(const std::vector<finding>& all) {
  text_table table{{"CHECK", "STATE", "FOUND"}};
  for (const auto& one : all)
    table.add({one.check, std::string{to_string(one.state)}, one.found});
  print(table.text());
  for (const auto& one : all)
    if (one.state != finding_state::fine)
      print("\n" + one.check + ": " + one.advice + "\n");
}

json::object describe(const std::vector<finding>& all) {
  json::array shown;
  for (const auto& one : all) {
    json::object line{{"check", one.check}, {"state", to_string(one.state)}, {"found", one.found}};
    if (!one.advice.empty())
      line["advice"] = one.advice;
    shown.push_back(std::move(line));
  }
  json::object body;
  body["findings"] = std::move(shown);
  return body;
}

core::result<exit_code> run_doctor(session& with) {
  ROLLCALL_TRY(const auto found, examine(with));
  const auto all = diagnose(found);
  if (with.wants_json)
    print_json(describe(all));
  else
    print_table(all);
  const bool is_fine = std::ranges::all_of(all, [](const auto& one) { return one.state == finding_state::fine; });
  return is_fine ? exit_code::done : exit_code::findings;
}

} // namespace

void add_doctor(CLI::App& app, session& with) {
  on_chosen(*app.add_subcommand("doctor", "what is wrong with the node and its cluster, and what to do"), with,
            run_doctor);
}

} // namespace rollcall::cli
