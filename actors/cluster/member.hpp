/// What a node of a cluster does, round after round: says that it lives, does what the map says, learns who else is
/// there. A plain class; blocks on the store, so it runs where that is allowed; one thread. `members` outlives it.
#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rollcall::actors {

struct member_settings {
  store::node_record self; ///< as it is to be listed; generation, state and times are filled in by the store
  std::chrono::milliseconds lease{3'000}; ///< asked for with each heartbeat, where the node holds partitions
  bool wants_token = false;               ///< only nodes whose keys came by a token are let in, and this one starts
  /// Said with each heartbeat, of what the SHARD told at the one before; none: nothing is. Any thread.
  std::function<std::string(const shard_work&)> figures;
  std::function<store::memory_report()> memory; ///< said with each heartbeat; none: nothing is. Any thread.
};

struct member_ports {
  /// Asks the node's own SHARD, and waits; none: the node holds no partitions.
  std::function<core::result<followed>(follow_request)> follow;
  /// The nodes or the map are others than before.
  std::function<void(const std::vector<store::node_record>&, const store::cluster_map&)> learn;
  /// The nodes as they are, with each round.
  std::function<void(const std::vector<store::node_record>&)> see;
};

struct member_round {
  bool is_displaced = false; ///< another process or key has the name, or the node was removed: stop serving
  bool is_more = false;      ///< something was reported that the next round will take further: run it at once
};

class member {
public:
  member(store::membership& members, member_settings settings, member_ports ports);

  /// Takes the node's name; where another process has it, waits for its silence, but not beyond its lease. Errors:
  /// `conflict` (it lives), `access_denied` (its key has not joined, and must have), `invalid_argument` (a field),
  /// those of the store.
  [[nodiscard]] core::status join();
  /// The same with the address that the node listens on by now.
  [[nodiscard]] core::status announce(std::string address);
  [[nodiscard]] std::uint64_t generation() const noexcept { return settings_.self.generation; }

  /// One round. Errors: those of the store; the next round goes on from there.
  [[nodiscard]] core::result<member_round> run();
  /// True when the map is not the one of the last round. Errors: those of the store.
  [[nodiscard]] core::result<bool> has_new_map();
  /// Ends the node's lease and gives its name up. The node has stopped answering.
  void leave();

private:
  [[nodiscard]] core::status enter();
  [[nodiscard]] core::result<bool> follow(core::steady_time asked, std::chrono::milliseconds lease);
  [[nodiscard]] core::status learn();
  [[nodiscard]] bool is_shut_out() const;

  store::membership& members_;
  member_settings settings_;
  member_ports ports_;
  core::uuid instance_ = core::random_uuid();
  bool is_following_ = true; ///< the SHARD answered the last time; else it gets no lease
  std::vector<store::node_record> nodes_;
  std::optional<std::uint64_t> version_;
  shard_work work_; ///< as the SHARD told last
};

} // namespace rollcall::actors
