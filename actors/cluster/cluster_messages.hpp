/// What operators ask of a cluster, and the answers: the messages of CLUSTER, which is declared in
/// actors/interfaces.hpp. Plain values.
#pragma once

#include "actors/cluster/replica_tally.hpp"
#include "actors/search/placement.hpp"
#include "core/uuid.hpp"
#include "store/membership.hpp"

#include <caf/all.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace rollcall::actors {

struct cluster_request {};

/// The cluster as the store has it.
struct cluster_view {
  core::uuid id;
  std::string self;         ///< the node that answers
  std::size_t replicas = 2; ///< wanted of each partition
  std::vector<store::node_record> nodes;
  store::cluster_map map;
  std::vector<store::placement_pin> pins;
};

/// Empties a node before it is stopped, or lets it hold partitions again.
struct drain_request {
  std::string node;
  bool is_drained = true;
};

struct drain_begun {};

/// Takes a node out for good that will not come back.
struct remove_request {
  std::string node;
  bool is_forced = false; ///< also where partitions are left that nobody answers for
};

struct node_removed {
  std::vector<store::named_partition> left; ///< nobody answers for them until they are loaded elsewhere
};

/// Makes a token that lets one node in.
struct token_request {
  store::join_token token;
};

struct token_made {};

/// Registers the key of a node, which need not have started yet, by such a token.
struct join_request {
  core::sha256_digest token{}; ///< its hash
  std::string node;
  std::string public_key;
};

struct node_joined {};

/// Moves a replica, or lets the formula of placement decide again.
struct pin_request {
  store::replica_move what; ///< `replicas` is filled in; without `from` and `to` all pins of the partition are released
};

struct pinned {
  std::size_t released = 0; ///< pins
};

struct figures_request {};

/// What the nodes said of their work with their last heartbeats.
struct cluster_figures {
  std::vector<store::node_figures> nodes;
  std::chrono::milliseconds lease{0}; ///< a node that has been silent for so long does not answer
};

/// A cluster of other nodes than there are.
struct node_changes {
  struct new_node {
    std::string name;
    double capacity = 1;
    std::string zone;
  };

  std::vector<std::string> gone; ///< as if they were dead
  std::vector<std::string> drained;
  std::vector<new_node> added;
};

/// What the controller would do if the nodes were so.
struct forecast_request {
  std::vector<partition_key> partitions; ///< all of the store
  node_changes nodes;
};

struct forecast {
  struct node {
    std::string name;
    std::size_t before = 0; ///< replicas
    std::size_t after = 0;
  };

  std::vector<store::placement> loads; ///< replicas to be loaded, by collection key, partition, node
  std::vector<store::placement> drops; ///< replicas to be given up; in the state that they have now
  std::size_t unanswered = 0;          ///< partitions that nobody would answer for until they are loaded
  std::vector<node> nodes;             ///< by name, the added ones last
};

} // namespace rollcall::actors

// In CAF 0.17 a type that never leaves the process is declared so.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::cluster_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::cluster_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::drain_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::drain_begun)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::remove_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::node_removed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::token_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::token_made)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::join_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::node_joined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::pin_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::pinned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::figures_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::cluster_figures)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::forecast_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::forecast)
