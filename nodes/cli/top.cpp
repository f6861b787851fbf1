// `rollcall cluster top`: what the nodes are at work on, second by second.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/node_rates.hpp"
#include "nodes/cli/output.hpp"

#include <chrono>
#include <cstdio>
#include <map>
#include <thread>
#include <unistd.h>

namespace rollcall::cli {

namespace {

constexpr std::chrono::seconds pause{1};
constexpr int most_looks = 10; ///< for `--once`: a node that has said nothing new after so many is shown without rates

/// What is known of the nodes' work, look after look.
class watch {
public:
  void see(const json::object& reply) {
    reply_ = reply;
    for (const auto& each : array_at(reply_, "nodes")) {
      const auto& node = as_row(each);
      const auto name = text_at(node, "name");
      const auto* figures = node.if_contains("figures");
      if (figures == nullptr || !figures->is_object()) {
        seen_.erase(name);
        continue;
      }
      auto& known = seen_[name];
      if (const auto rates = rates_between(known.figures, figures->get_object()); rates && !known.figures.empty())
        known.rates = rates;
      known.figures = figures->get_object();
    }
  }

  /// True when there are rates of every node that answers.
  [[nodiscard]] bool is_complete() const {
    for (const auto& [name, known] : seen_)
      if (!known.rates)
        return false;
    return true;
  }

  [[nodiscard]] json::array nodes() const {
    json::array all;
    for (const auto& each : array_at(reply_, "nodes"))
      all.push_back(describe(as_row(each)));
    return all;
  }

private:
  struct sight {
    json::object figures;
    std::optional<node_rates> rates;
  };

  [[nodiscard]] json::object describe(const json::object& node) const {
    json::object shown{{"name", text_at(node, "name")},
                       {"state", text_at(node, "state")},
                       {"silent_ms", number_at(node, "silent_ms")},
                       {"signed_off", flag_at(node, "signed_off")}};
    const auto known = seen_.find(text_at(node, "name"));
    if (known == seen_.end())
      return shown;
    for (const auto* now : {"in_flight", "searches", "pictures", "store"})
      shown[now] = number_at(known->second.figures, now);
    const auto& rates = known->second.rates;
    if (!rates)
      return shown;
    shown["requests_per_s"] = rates->requests;
    shown["failed_per_s"] = rates->failed;
    shown["refused_per_s"] = rates->refused;
    if (rates->p50_ms)
      shown["p50_ms"] = *rates->p50_ms;
    if (rates->p99_ms)
      shown["p99_ms"] = *rates->p99_ms;
    return shown;
  }

  json::object reply_;
  std::map<std::string, sight> seen_;
};

std::string cell(const json::object& node, std::string_view key, int digits) {
  return node.contains(key) ? fixed(number_at(node, key), digits) : "-";
}

std::string table_of(const json::array& nodes) {
  text_table table{{"NODE", "STATE", "REQ/S", "ERR/S", "REFUSED/S", "P50 MS", "P99 MS", "IN FLIGHT", "SEARCHES",
                    "PICTURES", "STORE"}};
  for (const auto& each : nodes) {
    const auto& node = as_row(each);
    const auto state = text_at(node, "state");
    const bool is_silent = !node.contains("in_flight") && state != "dead";
    const auto* before = flag_at(node, "signed_off") ? "" : "silent, ";
    table.add({text_at(node, "name"), is_silent ? before + last_sign_of(node) : state, cell(node, "requests_per_s", 1),
               cell(node, "failed_per_s", 1), cell(node, "refused_per_s", 1), cell(node, "p50_ms", 1),
               cell(node, "p99_ms", 1), cell(node, "in_flight", 0), cell(node, "searches", 0),
               cell(node, "pictures", 0), cell(node, "store", 0)});
  }
  return table.text();
}

void show(const watch& seen, bool wants_json) {
  auto nodes = seen.nodes();
  if (wants_json) {
    print_json(json::object{{"nodes", std::move(nodes)}});
  } else {
    const bool is_terminal = ::isatty(STDOUT_FILENO) != 0;
    print((is_terminal ? "\x1b[H\x1b[J" : "") + table_of(nodes) + (is_terminal ? "" : "\n"));
  }
  std::fflush(stdout);
}

core::result<exit_code> show_top(session& with, bool is_once) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  watch seen;
  for (int look = 1;; ++look) {
    ROLLCALL_TRY(const auto reply, node.read("cluster/figures"));
    seen.see(reply);
    const bool is_last = is_once && (seen.is_complete() || look == most_looks);
    if (!is_once || is_last)
      show(seen, with.wants_json);
    if (is_last)
      return exit_code::done;
    std::this_thread::sleep_for(pause);
  }
}

} // namespace

void add_top(CLI::App& cluster, session& with) {
  auto* command = cluster.add_subcommand("top", "what the nodes are at work on, second by second, until interrupted");
  auto is_once = std::make_shared<bool>(false);
  command->add_flag("--once", *is_once, "one look, as soon as there are rates");
  on_chosen(*command, with, [is_once](session& chosen) { return show_top(chosen, *is_once); });
}

} // namespace rollcall::cli
