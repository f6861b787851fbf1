/// Every typed actor interface of Rollcall and the messages they take, in one file: the only one of `actors/` that
/// `front/` includes. Messages are values; between nodes they travel as Protocol Buffers over ZeroMQ (`net/`), never by
/// CAF's own serialiser, so no type here has an `inspect`.
///
/// For all of them: a reply is either the value named or a caf::error that `to_core` turns back into a core::error;
/// every request carries its deadline; a full queue answers `overloaded`; a request that was refused had no effect.
#pragma once

#include "actors/cluster/cluster_messages.hpp"
#include "actors/search/placement.hpp"
#include "actors/stream_messages.hpp"
#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "shard/gallery_totals.hpp"
#include "shard/search.hpp"
#include "store/membership.hpp"
#include "store/store.hpp"
#include "vision/analysis.hpp"

#include <caf/all.hpp>

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::actors {

/// The one translation between the error tables of core and CAF. `to_core` also maps CAF's own codes: a request timeout
/// is `deadline_exceeded`, a receiver that went away `unavailable`, anything else `internal`.
[[nodiscard]] caf::error to_caf(const core::error& failed);
[[nodiscard]] core::error to_core(const caf::error& failed);

// -- EMBEDDING

/// One picture to analyse. `image` is the encoded file, as received.
struct analyze_request {
  core::request_id request;
  core::shared_bytes image;
  vision::analyze_options options;
  core::deadline until;
};

struct embedding_status {
  std::size_t workers = 0;
  std::size_t outstanding = 0; ///< running or waiting
};

struct status_request {};

/// EMBEDDING: turns pictures into faces and embeddings on worker threads of its own, one set of networks per worker.
using embedding_actor = caf::typed_actor<
    // Analyses one picture. From: front, INGEST. Idempotent, no state. Errors: invalid_image_format, image_too_large,
    // invalid_argument (under 80 px), overloaded (queue full; counted as rollcall_embedding_refused_total),
    // deadline_exceeded (it waited too long; not started then).
    caf::replies_to<analyze_request>::with<vision::analysis>,
    // Load of this actor. From: anyone. Never refused.
    caf::replies_to<status_request>::with<embedding_status>>;

/// An EMBEDDING actor of this process: pictures of streams are not sent between nodes.
using local_embedding_actor = embedding_actor::extend<
    // Analyses one picture. From: INGEST. Idempotent, no state. Errors: overloaded, deadline_exceeded.
    caf::replies_to<frame_request>::with<vision::analysis>,
    // Embeds kept faces. From: INGEST. Idempotent, no state. Errors: overloaded, deadline_exceeded, invalid_argument.
    caf::replies_to<embed_request>::with<embedded>>;

// -- SHARD

/// Mutations to apply; batches of several partitions, each ascending.
struct apply_request {
  std::vector<core::mutation_batch> batches;
};

struct applied {};

/// Forget a collection that was deleted, or partitions of it that a doubling has left behind.
struct drop_request {
  core::collection_key collection;
  std::optional<store::partition_range> only = std::nullopt; ///< none: all; never between nodes, whose map says it
};

struct shard_status {
  bool is_ready = false; ///< all partitions loaded and caught up
  std::uint64_t partitions = 0;
  std::uint64_t references = 0;
  shard::memory_parts memory{};
  std::size_t silent = 0; ///< SHARD actors that are down or did not answer in time; in a COORDINATOR's sum
};

/// Answered when the SHARD actor has loaded everything.
struct ready_request {
  core::deadline until;
};

/// SHARD: owns the partitions placed on it and their indexes; single writer of both. Loads from STORE.
using shard_actor = caf::typed_actor<
    // Searches partitions held here, in one pass, on worker threads. From: COORDINATOR. Idempotent. Errors: not_ready
    // (loading), invalid_argument (shape, k), model_mismatch (dimension), overloaded, deadline_exceeded. A partition
    // that is not (yet) held here has not answered.
    caf::replies_to<shard::search_request>::with<shard::search_answer>,
    // One reference, copied. From: COORDINATOR. Idempotent. Errors: not_ready (loading, or the partition is not (yet)
    // held here), deadline_exceeded.
    caf::replies_to<shard::find_request>::with<shard::found_reference>,
    // Applies committed mutations in sequence order; tails the store first when some are missing. What is loading is
    // confirmed at once and loaded before it answers; what is not held here is confirmed. From: STORE, after commit.
    // Idempotent by sequence number.
    caf::replies_to<apply_request>::with<applied>,
    // Drops a collection's partitions, or some. From: STORE, after commit. Idempotent.
    caf::replies_to<drop_request>::with<applied>,
    // Progress and size. From: anyone. Never refused.
    caf::replies_to<status_request>::with<shard_status>,
    // Waits for the load. From: node start. Errors: deadline_exceeded.
    caf::replies_to<ready_request>::with<shard_status>>;

/// What a SHARD actor is to hold by the map of the cluster, as the store had it at one moment.
struct follow_request {
  std::vector<store::share_entry> share; ///< by collection, partition
  core::steady_time asked{};             ///< before the heartbeat that granted the lease; the share was read after it
  std::chrono::milliseconds lease{0};    ///< 0: none was granted
};

/// How a node's replica of a partition is. `loading`: from a snapshot or the store's rows. `catching_up`: follows the
/// mutations. `draining`: leaves, and answers for a while yet.
enum class replica_state : std::uint8_t { loading, catching_up, ready, draining };

struct replica_status {
  partition_key key;
  replica_state state = replica_state::loading;
  std::string source;                ///< of its load: `store`, `disk` or the node it comes from; empty before it begins
  std::uint64_t rows = 0;            ///< loaded by now; of one that is loaded, held
  std::uint64_t rows_wanted = 0;     ///< 0: not known
  double rows_a_second = 0;          ///< of a load that is under way
  std::chrono::milliseconds left{0}; ///< until it is loaded, at that rate; 0: not known
};

/// What a SHARD is at work on and holds, for operators.
struct shard_work {
  std::vector<replica_status> loads{};        ///< that are under way
  std::vector<shard::collection_size> held{}; ///< by collection
  shard::recall_estimate recall{};            ///< of approximate searches
};

struct followed {
  std::vector<store::placement> done; ///< to be reported (store::membership::report); `node` is left empty
  shard_work work;
};

struct replicas_request {};

struct replica_list {
  std::vector<replica_status> replicas; ///< by collection, partition
};

/// Another node wants the snapshot that this one has of a partition, in parts.
struct snapshot_open_request {
  partition_key key;
};

struct snapshot_opened {
  std::uint64_t ticket = 0;
  std::uint64_t bytes = 0;
};

struct snapshot_read_request {
  std::uint64_t ticket = 0;
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0; ///< at most shard::most_block_bytes; 0: nothing more is read, the ticket is over
};

struct snapshot_part {
  core::shared_bytes bytes; ///< as many as asked for
};

/// A SHARD actor of a cluster: holds what it is told to hold.
using placed_shard_actor = shard_actor::extend<
    // Loads what is new, drops what is gone, catches up with the heads, and may call its answers current for the lease.
    // From: MEMBER of the same node, with each heartbeat. Idempotent. Errors: overloaded (the one before is under way).
    caf::replies_to<follow_request>::with<followed>,
    // How its replicas are. From: anyone. Never refused.
    caf::replies_to<replicas_request>::with<replica_list>,
    // Opens the present snapshot of a partition for the reads that follow, until one of no bytes or none for half a
    // minute. From: the SHARD of another node. Errors: not_found (there is none), overloaded (too many are read).
    caf::replies_to<snapshot_open_request>::with<snapshot_opened>,
    // A part of it. Idempotent. Errors: not_found (the ticket is over), invalid_argument (too much), corrupt,
    // overloaded.
    caf::replies_to<snapshot_read_request>::with<snapshot_part>>;

// -- STORE

/// Blocking reads for the STORE actor's pool. `run` is called on a pool thread; it returns a core::result<T> in the
/// any.
struct store_read {
  std::function<std::any(store::store&)> run;
  core::deadline until;
};

/// What a write hands back: its result for the caller and what the shards must apply before the write is acknowledged.
struct write_outcome {
  std::any value; ///< core::result<T>
  std::vector<core::mutation_batch> mutations;
  std::vector<drop_request> dropped; ///< what is gone
};

/// A blocking write. Writes run one at a time, in order of arrival; mutations reach the shards in commit order.
struct store_write {
  std::function<write_outcome(store::store&)> run;
  core::deadline until;
};

/// `value` is what `run` returned.
struct store_reply {
  std::any value;
};

/// A decision to append to the log. `wait`: reply after it is committed, else as soon as it is queued (group commit).
struct log_decision {
  store::decision entry;
  bool wait = false;
};

struct logged {};

/// A SHARD actor asks for the mutations of its partitions from now on: those with shard_of(partition, shards) == index.
struct subscribe_request {
  shard_actor shard;
  std::uint32_t index = 0;
  std::uint32_t shards = 1;
};

struct subscribed {};

/// The cluster as its nodes know it from the store.
struct cluster_routes {
  std::map<std::string, embedding_actor> embedders;           ///< by node: of other nodes
  std::map<std::string, shard_actor> shards;                  ///< by node: of those that can be asked
  std::map<partition_key, std::vector<std::string>> replicas; ///< nodes that answer for a partition, preferred first
  std::vector<std::string> fenced;                            ///< their answers are not current: they are asked last
};

/// From now on these are the routes. Never null.
struct routes_message {
  std::shared_ptr<const cluster_routes> routes;
};

/// Accepted and not yet answered, or committed.
struct store_status {
  std::size_t reads = 0;
  std::size_t writes = 0;
  std::size_t decisions = 0;
};

/// STORE: owns the store and the only threads that block on it.
using store_actor = caf::typed_actor<
    // Runs a read. From: front, SHARD. Idempotent. Errors: overloaded, deadline_exceeded (not started then).
    caf::replies_to<store_read>::with<store_reply>,
    // Runs a write, pushes its mutations to the SHARD actors, replies when all have applied them; in a cluster also
    // when those who have not may no longer call their answers current. From: front. Errors: overloaded,
    // deadline_exceeded (not started then), outcome_unknown (committed, but a shard did not confirm in time).
    caf::replies_to<store_write>::with<store_reply>,
    // Appends to the decision log. From: front. Errors: overloaded (the backlog is full), the store's own when `wait`.
    caf::replies_to<log_decision>::with<logged>,
    // Every write that commits after the reply is pushed to the shard; what committed before it finds by reading. Takes
    // the place of a subscriber with the same index; ends when the shard goes down. From: SHARD, before it loads.
    // Idempotent. Errors: invalid_argument (another number of shards than the first subscriber's).
    caf::replies_to<subscribe_request>::with<subscribed>,
    // Load of this actor. From: anyone. Never refused; does not wait for the store.
    caf::replies_to<status_request>::with<store_status>,
    // Which SHARD actors to push to, in a cluster. From: MEMBER. No reply.
    caf::reacts_to<routes_message>>;

/// EMBEDDING of a whole node or cluster: the same interface, so that callers don't know who does the work.
using embedding_pool_actor = embedding_actor::extend<
    // Who else turns pictures into faces, in a cluster. From: MEMBER. No reply.
    caf::reacts_to<routes_message>>;

// -- COORDINATOR

/// A query over all partitions of a collection. Shapes as in shard::search_request.
struct query {
  core::request_id request;
  core::collection_key collection;
  std::uint32_t partitions = 1; ///< the collection has
  std::uint32_t first_partition = 0;
  core::reference_kind kind = core::reference_kind::face;
  std::vector<float> probes;
  std::size_t dimension = 0;
  std::size_t k = 10;
  float lowest_cosine = -2;
  float recall_floor = shard::proved_recall;
  bool accept_partial = false;
  core::deadline until;

  [[nodiscard]] store::partition_range range() const noexcept { return {first_partition, partitions}; }
};

/// How much of the collection an answer stands for.
struct coverage {
  std::uint32_t asked = 0;
  std::uint32_t answered = 0;
  bool is_exact = false;   ///< every partition's top-k was proved
  bool is_current = false; ///< every partition contained every acknowledged write
  std::uint64_t references = 0;
  float recall = 1; ///< the least of the partitions' (shard::partition_answer)

  [[nodiscard]] bool is_complete() const noexcept { return asked == answered; }
};

/// Shapes: nq rows of at most k hits, nearest first, ties by lower id.
struct query_answer {
  std::vector<std::vector<shard::hit>> rows;
  coverage covered;
};

/// COORDINATOR: one per front. Scatters a query over the SHARD actors that hold the collection and merges their top-k.
using coordinator_actor = caf::typed_actor<
    // From: front. Idempotent. Errors: incomplete (some partition did not answer and partial answers are not accepted;
    // the message says how many), overloaded, deadline_exceeded, those of SHARD.
    caf::replies_to<query>::with<query_answer>,
    // One reference from a replica of its partition, another where that does not tell. From: front, while the store is
    // out of reach. Idempotent. Errors: unavailable (no replica can tell), overloaded, deadline_exceeded.
    caf::replies_to<shard::find_request>::with<shard::found_reference>,
    // Sum over the SHARD actors; ready when all are, not down or late. From: front, management. Never refused.
    caf::replies_to<status_request>::with<shard_status>,
    // Whom to ask for what, in a cluster. From: MEMBER. No reply.
    caf::reacts_to<routes_message>>;

// -- INGEST

/// INGEST: runs the cameras that this node has claimed: reads their streams, follows who is in view, searches for them
/// and stores what happened. One per node.
using ingest_actor = caf::typed_actor<
    // A frame of a camera; one that was not analysed yet gives way. From: front. Errors: not_found (no camera of the
    // channel runs here), access_denied (not of the sender's collections).
    caf::replies_to<pushed_frame>::with<frame_taken>>;

// -- CLUSTER

/// CLUSTER: what operators ask of the cluster, through any of its nodes; blocks on the store on a thread of its own.
using cluster_actor = caf::typed_actor<
    // From: front. Errors: overloaded, those of the store.
    caf::replies_to<cluster_request>::with<cluster_view>,
    // From: front. Idempotent. Errors: not_found, conflict (the node is dead), overloaded, those of the store.
    caf::replies_to<drain_request>::with<drain_begun>,
    // From: front. Errors: not_found, conflict (the node is active, runs, or is the last that answers for something),
    // overloaded, those of the store.
    caf::replies_to<remove_request>::with<node_removed>,
    // From: front. Errors: invalid_argument (the name), overloaded, those of the store.
    caf::replies_to<token_request>::with<token_made>,
    // From: front, of callers that have nothing but the token. Errors: access_denied (the token), conflict (another
    // node has the key), invalid_argument, overloaded, those of the store.
    caf::replies_to<join_request>::with<node_joined>,
    // From: front. Errors: not_found, conflict (it can't be moved so), invalid_argument, overloaded, those of the
    // store.
    caf::replies_to<pin_request>::with<pinned>,
    // From: front. Errors: overloaded, those of the store.
    caf::replies_to<figures_request>::with<cluster_figures>,
    // Changes nothing. From: front. Errors: not_found, already_exists, invalid_argument (a node), overloaded, those of
    // the store.
    caf::replies_to<forecast_request>::with<forecast>>;

} // namespace rollcall::actors

// In CAF 0.17 a type that never leaves the process is declared so.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::analyze_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::embedding_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::status_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::store_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::store_write)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::write_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::store_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::log_decision)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::logged)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::store_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::subscribe_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::subscribed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::routes_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::ready_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::apply_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::drop_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::follow_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::followed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::replicas_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::replica_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::snapshot_open_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::snapshot_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::snapshot_read_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::snapshot_part)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::shard_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::query_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::shard::search_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::shard::search_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::shard::find_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::shard::found_reference)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::vision::analysis)
