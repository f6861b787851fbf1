/// What the nodes of a cluster agree on through the store: who is there, who may do what for how long, and which node
/// holds which partition. Implementation: PostgreSQL (`open_postgres_membership`); one process on SQLite needs none.
///
/// Every call blocks (SQL); all are safe from any thread. Leases are counted on the store's clock, in one transaction
/// with the row locked, so nodes whose clocks differ or jump agree all the same. No time of that clock crosses: a lease
/// is told as the span that is left, which its holder counts down on its own monotonic clock, from before it asked.
/// Common errors of all calls: `unavailable`, `outcome_unknown` of those that change something. Each is all or nothing.
#pragma once

#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::store {

/// Bits of `node_record::roles`.
enum class node_role : std::uint8_t { front = 1, embedder = 2, shard = 4, ingest = 8, controller = 16 };

[[nodiscard]] constexpr bool has_role(std::uint8_t roles, node_role role) noexcept {
  return (roles & static_cast<std::uint8_t>(role)) != 0;
}

/// `draining`: gets nothing new and loses what it holds. `dead`: the controller gave it up; it must register anew.
enum class node_state : std::uint8_t { active, draining, dead };

/// The newest serving lease of a node. Who has seen one number for as long as its span, on its own clock from the
/// answer that showed it first, knows that the lease has run out: no clock of another machine is in that.
struct lease_mark {
  std::uint64_t number = 0;          ///< grows with each lease
  std::chrono::milliseconds span{0}; ///< 0: it was given back

  friend bool operator==(const lease_mark&, const lease_mark&) = default;
};

/// Of the references that a node holds.
struct memory_report {
  std::uint64_t used_bytes = 0;
  std::uint64_t budget_bytes = 0; ///< 0: none was told

  friend bool operator==(const memory_report&, const memory_report&) = default;
};

struct node_record {
  std::string name;             ///< 1 to 64 of A-Z a-z 0-9 _ . -
  std::uint64_t generation = 0; ///< grows with each instance that takes the name
  std::uint8_t roles = 0;       ///< at least one
  std::string address;          ///< of its peers, HOST:PORT; empty where it serves none
  std::string public_key;
  std::string zone;
  double capacity = 1; ///< > 0, finite; a node of 2 takes twice as much as one of 1
  std::string version;
  node_state state = node_state::active;
  std::chrono::milliseconds since_beat{0}; ///< since its last heartbeat
  std::chrono::milliseconds lease_left{0}; ///< by the store's clock; 0: it may not call its answers current
  lease_mark lease;
  bool has_joined = false; ///< with this key, by a token
  bool has_left = false;   ///< it signed off, at its last heartbeat
  memory_report memory;    ///< as it told with its last heartbeat
  bool is_fenced = false;  ///< it gets no serving lease: a writer can't reach it
};

/// Lets one node in, once.
struct join_token {
  core::sha256_digest hash{}; ///< of the token, which the store does not get
  std::string node;           ///< its name; empty: any
  std::string made_by;        ///< the principal
  std::chrono::milliseconds lifetime{0};
};

/// What a node last said about its work; its own words (nodes/figures.hpp).
struct node_figures {
  std::string name;
  node_state state = node_state::active;
  std::chrono::milliseconds since_beat{0};
  std::string text;
  bool has_left = false; ///< it signed off, at its last heartbeat
};

struct heartbeat {
  node_state state = node_state::active;
  std::chrono::milliseconds lease{0}; ///< what is left of its serving lease
};

struct lease {
  std::uint64_t token = 0; ///< grows with each holder: later changes by an earlier one are refused by it
  std::chrono::milliseconds left{0};
};

/// The lease whose holder may change nodes and placements.
inline constexpr std::string_view controller_lease = "controller";

/// `loading`: not yet asked. `ready`: answers. `leaving`: answers until the others do.
enum class placement_state : std::uint8_t { loading, ready, leaving };

struct placement {
  core::collection_key collection;
  std::uint32_t partition = 0;
  std::string node;
  placement_state state = placement_state::loading;

  friend bool operator==(const placement&, const placement&) = default;
};

/// Puts a placement (`loading`), makes a `ready` one `leaving` or a `leaving` one `ready`, or removes one whose state
/// is `what.state` (`is_gone`). Without effect where the placement is not as the change wants it: the node changed it
/// first.
struct placement_change {
  placement what;
  bool is_gone = false;
};

/// A partition that a node holds, and the partition's last mutation.
struct share_entry {
  core::collection_key collection;
  std::uint32_t partition = 0;
  placement_state state = placement_state::loading;
  std::uint64_t head = 0;

  friend bool operator==(const share_entry&, const share_entry&) = default;
};

/// A node that answers for a partition.
struct holder {
  std::uint32_t partition = 0;
  std::string node;
  lease_mark lease; ///< under which it calls its answers current

  friend bool operator==(const holder&, const holder&) = default;
};

/// How a node is to be taken out for good.
struct node_removal {
  lease_mark seen;                       ///< its newest lease, which has run out by the caller's own clock
  std::chrono::milliseconds lifetime{0}; ///< without a heartbeat for so long it does not run any more
  bool is_forced = false;                ///< also when partitions are left that nobody answers for
};

struct named_partition {
  std::string collection; ///< its id
  std::uint32_t partition = 0;

  friend bool operator==(const named_partition&, const named_partition&) = default;
};

/// An operator's wish about one partition: a replica on the node, or none.
struct placement_pin {
  core::collection_key collection;
  std::uint32_t partition = 0;
  std::string node;
  bool is_away = false; ///< none

  friend bool operator==(const placement_pin&, const placement_pin&) = default;
};

/// A replica that an operator moves from one node to another.
struct replica_move {
  std::string collection; ///< its id
  std::uint32_t partition = 0;
  std::string from;
  std::string to;
  std::size_t replicas = 2; ///< wanted of each partition
};

struct cluster_map {
  std::uint64_t version = 0;         ///< grows with each change
  std::vector<placement> placements; ///< by collection, partition, node
};

/// A snapshot of a partition on some node's disk.
struct snapshot_note {
  core::collection_key collection;
  std::uint32_t partition = 0;
  core::sha256_digest digest{}; ///< stands for all of its bytes
};

class membership {
public:
  virtual ~membership() = default;

  /// The same for all who open this store.
  virtual core::result<core::uuid> cluster_id() = 0;

  // -- nodes

  /// Takes a name for `instance`, a random id of one process. The same instance may come again, with other fields. A
  /// node that was dead is active again; one that was draining still is. What a new instance, or a dead node, is to
  /// hold is `loading` again. Errors: `invalid_argument` (a field), `conflict` (another instance had a heartbeat within
  /// `lifetime`).
  virtual core::result<node_record> register_node(const node_record& node, const core::uuid& instance,
                                                  std::chrono::milliseconds lifetime) = 0;
  /// Says that the node lives, and grants it a serving lease of `span` in place of the one before, which was no longer
  /// (0: none is wanted; what is left of the one before is told). A dead node gets none, nor does a fenced one (0).
  /// Errors: `not_found` (it was removed), `conflict` (another instance has the name: stop serving). `figures`: what
  /// `list_figures` gives from then on; `memory`: what `list_nodes` gives.
  virtual core::result<heartbeat> beat(std::string_view name, std::uint64_t generation, std::chrono::milliseconds span,
                                       std::string_view figures = {}, const memory_report& memory = {}) = 0;
  /// A writer's, about a node that went on renewing its lease but did not confirm a write for as long as the lease
  /// `seen` ran: the writer can't reach it, and would wait as long with each further write. It gets no lease for `span`
  /// from now on. True: so it is. False, and nothing changes, where it was granted none since, so that it is as good as
  /// silent; or where nobody else could call answers for one of its partitions current then. Again for one that is
  /// fenced: the span begins anew.
  virtual core::result<bool> fence(std::string_view name, std::uint64_t seen, std::chrono::milliseconds span) = 0;
  /// The writer hears it again: it gets leases.
  virtual core::status end_fence(std::string_view name) = 0;
  /// A node that stops answers no more: its lease ends, and its name is free at once. Without effect for another
  /// instance's.
  virtual core::status leave(std::string_view name, std::uint64_t generation) = 0;
  /// By name.
  virtual core::result<std::vector<node_record>> list_nodes() = 0;
  /// By name.
  virtual core::result<std::vector<node_figures>> list_figures() = 0;
  /// An operator's: from `active` to `draining`, or back. Errors: `not_found`, `conflict` (the node is dead).
  virtual core::status drain(std::string_view name, bool is_drained) = 0;
  /// The controller's. Errors: `conflict` (the token; or dead while its serving lease runs), `not_found`.
  virtual core::status mark_node(std::string_view name, node_state state, std::uint64_t token) = 0;
  /// An operator's: takes a node that was drained or is dead, and runs no more, out with all that it still holds. Gives
  /// the partitions that nobody answers for then, by collection id, partition. When it comes back it registers anew;
  /// its generations and lease numbers go on from where they were; it must join again. Errors: `not_found`, `conflict`
  /// (active; it runs, or was granted another lease than the one seen; not forced, and partitions would be left).
  virtual core::result<std::vector<named_partition>> remove_node(std::string_view name, const node_removal& how) = 0;

  // -- joining by a token

  /// Errors: `invalid_argument` (the name).
  virtual core::status add_join_token(const join_token& token) = 0;
  /// Uses the token up and makes `public_key` the one key of that name, which need not have registered yet; an earlier
  /// one has not joined any more. Of two who use one token at once one succeeds. Errors: `access_denied` (no such
  /// token, or one that is used, has expired or is for another name), `invalid_argument` (the name), `conflict`
  /// (another name has the key): the token stays as it was.
  virtual core::status join(const core::sha256_digest& token, const std::string& node,
                            const std::string& public_key) = 0;
  /// Whether this is the key that the name joined with. The first node of a store joins by this: nobody is there yet
  /// who could let it in.
  virtual core::result<bool> may_enter(std::string_view node, std::string_view public_key) = 0;

  // -- leases

  /// Takes the lease where it is free or has run out (with a greater token), or prolongs it for its holder (the same
  /// token; it never shrinks). None: another holds it. `holder` names one process, no other may use it.
  virtual core::result<std::optional<lease>> take_lease(std::string_view name, std::string_view holder,
                                                        std::chrono::milliseconds span) = 0;
  /// Without effect for whoever does not hold it.
  virtual core::status release_lease(std::string_view name, std::string_view holder) = 0;

  // -- placements: those of a deleted collection are gone with it

  virtual core::result<cluster_map> find_map() = 0;
  /// Grows with each change of placements, each new collection and each new instance of a node: whether `find_map` or
  /// `list_nodes` would say something new.
  virtual core::result<std::uint64_t> map_version() = 0;
  /// The controller's. Gives the version after it. Errors: `conflict` (the token), `not_found` (collection, partition
  /// or node of one that is put).
  virtual core::result<std::uint64_t> change_placements(std::span<const placement_change> changes,
                                                        std::uint64_t token) = 0;
  /// By collection, partition, node.
  virtual core::result<std::vector<placement_pin>> list_pins() = 0;
  /// An operator's: pins the partition to `to` and away from `from`; earlier pins of either go. The controller moves it
  /// then. Errors: `not_found` (collection, partition, node), `conflict` (`from` holds none, `to` holds one or can take
  /// none, or as many replicas as are wanted are pinned elsewhere already).
  virtual core::status pin(const replica_move& what) = 0;
  /// An operator's: the formula alone decides about the partition again. Gives how many pins went. Errors: `not_found`
  /// (collection, partition).
  virtual core::result<std::size_t> release_pins(std::string_view collection, std::uint32_t partition) = 0;
  /// What a node is to hold, with the heads of one moment: by collection, partition.
  virtual core::result<std::vector<share_entry>> find_share(std::string_view node) = 0;
  /// Those that answer for the partitions (`ready` or `leaving`), by partition, node. Asked after a write has
  /// committed, it names all whose answers might lack the write: a node that is not among them and becomes `ready`
  /// later has read its share after that.
  virtual core::result<std::vector<holder>> find_holders(core::collection_key collection,
                                                         std::span<const std::uint32_t> partitions) = 0;
  /// A node's own: with the state `ready`, what it was loading is loaded; with `leaving`, it answers no more for what
  /// was leaving, which is removed. Without effect where the state is another. Errors: `conflict` (generation).
  virtual core::status report(std::string_view node, std::uint64_t generation, std::span<const placement> done) = 0;

  // -- snapshots on the nodes' disks: decision record 0009

  /// From now on the node has that one, and of its earlier ones of this partition only `kept`. All that it contains was
  /// committed before. Errors: `not_found` (the partition is gone).
  virtual core::status remember_snapshot(std::string_view node, const snapshot_note& what,
                                         const std::optional<core::sha256_digest>& kept) = 0;
  /// Whether any node has it, by what this store remembers: one that was restored from a backup made before does not.
  virtual core::result<bool> knows_snapshot(const snapshot_note& what) = 0;
};

} // namespace rollcall::store
