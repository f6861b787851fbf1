/// What may happen to a cluster under load.
#pragma once

#include "bench/chaos/chaos_network.hpp"
#include "bench/chaos/cluster_load.hpp"
#include "tests/support/small_disk.hpp"

#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace rollcall::bench {

/// Between `begin` and `end` two of them may overlap, of different nodes.
struct fault {
  std::string name;
  bool of_node = true;         ///< done to one of the nodes
  bool fails_searches = false; ///< at nodes that nothing happened to, too
  std::chrono::milliseconds lasts{0};
  std::function<void(const std::string& node)> begin;
  std::function<void(const std::string& node)> end = [](const std::string&) {};
  std::function<std::string()> choose = {}; ///< the node; empty: any

  /// It may hang for longer than clients wait, while something else takes `beside`; both begin and end in a few
  /// seconds.
  [[nodiscard]] bool outlasts_clients(std::chrono::milliseconds beside = {}) const {
    return of_node && lasts + beside >= cluster_load::patience - std::chrono::seconds{3};
  }
};

/// All that this machine can do, those of one node first; what it can't is said on stderr. They use what is given,
/// which outlives them, and throw std::runtime_error where something does not go as it should. `disk`: of the database.
[[nodiscard]] std::vector<fault> make_faults(cluster_processes& cluster, test::small_disk& disk, cluster_load& load,
                                             std::mt19937_64& draw);

/// Those that last: a node of each role hangs for 30 s, the database is away, or hangs, for 60 s.
[[nodiscard]] std::vector<fault> make_long_faults(cluster_processes& cluster, std::mt19937_64& draw);

/// Those of a cluster that is on a network of its own: cards that are pulled out, and processes that end or hang.
[[nodiscard]] std::vector<fault> make_network_faults(cluster_processes& cluster, chaos_network& network,
                                                     std::mt19937_64& draw);

} // namespace rollcall::bench
