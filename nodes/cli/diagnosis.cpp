#include "nodes/cli/diagnosis.hpp"

#include "nodes/cli/client.hpp"
#include "nodes/cli/output.hpp"

#include <cmath>
#include <set>

namespace rollcall::cli {

namespace {

using enum finding_state;

constexpr double second = 1'000;
constexpr double mebibyte = 1024 * 1024;

std::string in_seconds(double ms) {
  return fixed(ms / second, 1) + " s";
}

// A part of the node's reply that could not be looked at says why.
bool has_problem(const json::object& part) {
  return part.contains("problem");
}

finding check_clock(const examined& what) {
  constexpr double signatures_end = 300 * second;
  const auto ahead = number_at(what.node, "now_ms") - what.now_ms;
  const auto off = std::max(0.0, std::abs(ahead) - what.doubt_ms);
  const auto found =
      "the node's clock is " + in_seconds(std::abs(ahead)) + (ahead < 0 ? " behind" : " ahead of") + " this machine's";
  if (off <= 2 * second)
    return {"clock", fine, found, ""};
  return {"clock", off > signatures_end / 5 ? failure : warning, found,
          "set both by NTP: from 5 minutes on signed requests are refused"};
}

finding check_store(const json::object& store) {
  constexpr double slow_ms = 100;
  if (has_problem(store))
    return {"store", failure, text_at(store, "problem"),
            "see that the database runs and that store.uri reaches it from the node; searches of known collections "
            "fail without it, and so do writes"};
  const auto found = text_at(store, "engine") + ", schema " + whole_at(store, "schema") + ", answers in "
                     + fixed(number_at(store, "latency_ms"), 1) + " ms";
  if (number_at(store, "latency_ms") <= slow_ms)
    return {"store", fine, found, ""};
  return {"store", warning, found, "each write waits for it several times: look at its load and the way to it"};
}

finding check_store_clock(const json::object& store) {
  const auto ahead = number_at(store, "clock_ahead_ms");
  const auto found =
      "the store's clock is " + in_seconds(std::abs(ahead)) + (ahead < 0 ? " behind" : " ahead of") + " the node's";
  if (std::abs(ahead) - number_at(store, "latency_ms") <= 2 * second)
    return {"store clock", fine, found, ""};
  return {"store clock", warning, found,
          "set both by NTP: times in the record and the decision log differ from node to node; leases do not depend "
          "on it"};
}

finding check_disk(const json::object& disk) {
  if (has_problem(disk))
    return {"disk", failure, text_at(disk, "path") + ": " + text_at(disk, "problem"),
            "see that the data directory is there and is the node's own"};
  const auto free = number_at(disk, "free_bytes") / mebibyte;
  const auto found = text_at(disk, "path") + ": " + fixed(free, 0) + " MiB free of "
                     + fixed(number_at(disk, "total_bytes") / mebibyte, 0);
  if (free >= 1'024)
    return {"disk", fine, found, ""};
  return {"disk", free < 256 ? failure : warning, found, "make room, or move the data directory (node.data_dir)"};
}

finding check_models(const json::object& models) {
  if (has_problem(models))
    return {"models", failure, text_at(models, "problem"), "put the files back before the node is started again"};
  return {"models", fine, "every file has the hash of the manifest", ""};
}

finding check_files(const json::array& files) {
  std::string open;
  for (const auto& each : files) {
    const auto& file = as_row(each);
    if (const auto* is_private = file.if_contains("is_private"); is_private != nullptr && *is_private == false)
      open += (open.empty() ? "" : ", ") + text_at(file, "path") + " (mode " + text_at(file, "mode") + ")";
  }
  if (open.empty())
    return {"key files", fine, std::to_string(files.size()) + " files, private to the node", ""};
  return {"key files", failure, "others may read " + open, "chmod 600 them; whoever read them may pose as this node"};
}

finding check_cpu(const json::object& cpu) {
  const auto search = text_at(cpu, "search");
  const auto found = "searches use " + search + ", comparisons " + text_at(cpu, "compare");
  if (search != "portable")
    return {"cpu", fine, found, ""};
  return {"cpu", warning, found,
          "searches are several times slower than on a processor with AVX2: use another machine"};
}

finding check_nodes(const json::array& nodes) {
  constexpr double long_silence = 10 * second;
  std::string missing;
  for (const auto& each : nodes) {
    const auto& node = as_row(each);
    if (text_at(node, "state") == "dead" || flag_at(node, "signed_off") || number_at(node, "silent_ms") > long_silence)
      missing += (missing.empty() ? "" : ", ") + text_at(node, "name") + " (" + text_at(node, "state") + ", "
                 + last_sign_of(node) + ")";
  }
  if (missing.empty())
    return {"nodes", fine, std::to_string(nodes.size()) + " nodes, all heard of late", ""};
  return {"nodes", failure, missing, "start it, or take it out for good: rollcall nodes remove NAME"};
}

finding check_versions(const json::array& nodes) {
  std::set<std::string> versions;
  for (const auto& each : nodes)
    if (text_at(as_row(each), "state") != "dead")
      versions.insert(text_at(as_row(each), "version"));
  std::string found;
  for (const auto& one : versions)
    found += (found.empty() ? "" : ", ") + one;
  if (versions.size() <= 1)
    return {"versions", fine, found + " on every node", ""};
  return {"versions", warning, found, "finish the upgrade: rollcall nodes list shows who runs what"};
}

finding check_replicas(const json::object& cluster) {
  std::size_t takers = 0;
  for (const auto& each : array_at(cluster, "nodes")) {
    const auto& node = as_row(each);
    takers += text_at(node, "state") == "active" && words_at(node, "roles").find("shard") != std::string::npos ? 1 : 0;
  }
  const auto wanted = number_at(cluster, "replicas");
  if (const auto missing = whole_at(cluster, "replicas_missing"); missing != "0")
    return {"replicas", failure,
            missing + " do not answer, of " + fixed(wanted, 0) + " for each of " + whole_at(cluster, "partitions")
                + " partitions",
            "wait while they are loaded (rollcall cluster status shows them); if none is loading, see the log of the "
            "controller"};
  const auto found = "each of " + whole_at(cluster, "partitions") + " partitions on "
                     + fixed(std::min(wanted, static_cast<double>(takers)), 0) + " nodes";
  if (static_cast<double>(takers) >= wanted)
    return {"replicas", fine, found, ""};
  return {"replicas", warning, found, fixed(wanted, 0) + " are wanted: add a node with the role shard"};
}

// Nodes near the budget of their memory, or beyond it.
finding check_memory(const json::array& nodes) {
  constexpr double near = 0.85;
  double most = 0;
  std::string found;
  for (const auto& each : nodes) {
    const auto& node = as_row(each);
    const auto& memory = object_at(node, "memory");
    const auto budget = number_at(memory, "budget_bytes");
    const auto share = budget > 0 ? number_at(memory, "used_bytes") / budget : 0;
    most = std::max(most, share);
    if (share >= near)
      found += (found.empty() ? "" : ", ") + text_at(node, "name") + " uses " + fixed(100 * share, 0) + " % of "
               + mebibytes(budget, 0) + " MiB";
  }
  if (found.empty())
    return {"memory", fine, "references use " + fixed(100 * most, 0) + " % of a node's budget at most", ""};
  return {
      "memory", most >= 1 ? failure : warning, found,
      "add a node, raise search.memory_budget, or keep embeddings in files (snapshots.references): full nodes refuse "
      "new faces"};
}

} // namespace

std::string_view to_string(finding_state state) {
  switch (state) {
    case fine:
      return "fine";
    case warning:
      return "warning";
    case failure:
      break;
  }
  return "failure";
}

std::vector<finding> diagnose(const examined& what) {
  const auto& store = object_at(what.node, "store");
  const auto& machine = object_at(what.node, "machine");
  std::vector<finding> all{check_clock(what), check_store(store)};
  if (!has_problem(store))
    all.push_back(check_store_clock(store));
  if (has_problem(machine)) {
    all.push_back({"machine", failure, text_at(machine, "problem"), "ask again; else see the node's log"});
  } else {
    all.push_back(check_disk(object_at(machine, "disk")));
    all.push_back(check_models(object_at(machine, "models")));
    all.push_back(check_files(array_at(machine, "files")));
    all.push_back(check_cpu(object_at(machine, "cpu")));
  }
  if (what.cluster.empty())
    return all;
  const auto& nodes = array_at(what.cluster, "nodes");
  all.push_back(check_nodes(nodes));
  all.push_back(check_versions(nodes));
  all.push_back(check_replicas(what.cluster));
  all.push_back(check_memory(nodes));
  return all;
}

} // namespace rollcall::cli
