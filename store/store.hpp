/// The system of record behind one interface: collections, users, faces, mutation order, keys, decisions.
/// Implementations: SQLite (`sqlite_store`), in memory (`memory_store`, tests). Owned by the STORE actor.
///
/// Every call blocks (SQL, fsync): call it from the STORE actor's pool, never from the actor scheduler. All calls are
/// safe from any thread. A write that returned success is durable; after an error of a write nothing of it is stored,
/// unless the code is `outcome_unknown`. Every read sees one state. Common errors of all calls: `storage_full` (disk
/// full or read-only), `unavailable` (busy for too long), `corrupt`. A `limit` is a number of rows ≥ 1; 0 is
/// `invalid_argument`. A key or partition that does not exist is `not_found`, unless a call says otherwise. Texts are
/// compared bytewise.
#pragma once

#include "core/result.hpp"
#include "store/records.hpp"
#include "store/videos.hpp"

#include <chrono>
#include <span>
#include <string_view>

namespace rollcall::store {

struct added_faces {
  std::vector<face_record> faces; ///< one per face given, in order; a repeated one is the row stored before
  std::vector<mutation_batch> mutations;
};

enum class face_refusal : std::uint8_t { not_found, associated_with_user, other_user, low_match };

struct refused_face {
  core::face_id id;
  face_refusal why = face_refusal::not_found;
  std::string user_id; ///< of the user it is tied to, where that is the reason
  float cosine = 0;    ///< to the user's vector, for `low_match`
};

struct removed_faces {
  std::vector<core::face_id> removed;
  std::vector<refused_face> refused;
  std::vector<mutation_batch> mutations;
};

struct changed_user {
  user_record user;
  std::vector<core::face_id> faces; ///< associated or disassociated by this call
  std::vector<refused_face> refused;
  std::vector<mutation_batch> mutations;
};

/// Which faces to list; both given: their intersection.
struct face_filter {
  std::optional<std::string> user_id;
  std::vector<core::face_id> ids; ///< empty: all
};

/// A step of a doubling was taken.
struct doubling_step_taken {
  collection_shape now;
  std::vector<mutation_batch> mutations; ///< of `begin`: one of each partition, so that whoever follows learns of it
  std::optional<partition_range> gone;   ///< of `end` and `give_up`, when nothing is left of them
};

/// Who holds it may write for a stream processor.
struct processor_claim {
  core::uuid processor;
  std::uint64_t epoch = 0;

  friend bool operator==(const processor_claim&, const processor_claim&) = default;
};

struct partition_head {
  core::collection_key collection;
  std::uint32_t partition = 0;
  std::uint64_t seq = 0; ///< of the last committed mutation; 0 before the first
};

class store {
public:
  virtual ~store() = default;

  virtual core::result<store_description> describe() = 0;

  // -- collections
  // -----------------------------------------------------------------------------------------------------

  /// Errors: `already_exists` (id or key), `invalid_argument` (partitions not a power of two up to 65,536),
  /// `quota_exceeded` (over 200 tags).
  virtual core::result<collection_record> create_collection(const collection_record& record, const tags& with) = 0;
  /// Removes the collection with its users, faces, embeddings, mutations and tags. Errors: `not_found`.
  virtual core::result<collection_record> delete_collection(std::string_view id) = 0;
  /// Errors: `not_found`.
  virtual core::result<collection_record> find_collection(std::string_view id) = 0;
  /// Kept as counters, not counted. Errors: `not_found`.
  virtual core::result<collection_counts> count(core::collection_key key) = 0;
  /// Ordered by id, after `after` (exclusive, empty = from the start).
  virtual core::result<page<collection_record, std::string>> list_collections(std::string_view after,
                                                                              std::size_t limit) = 0;

  /// Sets a collection's recall floor. Errors: `not_found`, `invalid_argument` (outside of its range).
  virtual core::result<collection_record> set_recall_floor(std::string_view id, float to) = 0;

  // -- doubling of a collection's partitions: decision record 0010

  /// Errors: `not_found`.
  virtual core::result<collection_shape> find_shape(std::string_view id) = 0;
  /// Takes a step, where the shape is the one that the caller saw. `end` and `give_up` forget the partitions that go,
  /// up to 100,000 of their mutations in one call: repeat while the stage stays. No step reads or moves an embedding.
  /// Errors: `not_found`, `conflict` (the step does not follow, or the shape is another: somebody else took one),
  /// `invalid_argument` (more than 65,536), `quota_exceeded` (too many were given up).
  virtual core::result<doubling_step_taken> take_doubling_step(std::string_view id, doubling_step step,
                                                               const partition_shape& seen) = 0;

  // -- tags: of a collection
  // -------------------------------------------------------------------------------------------

  virtual core::result<tags> find_tags(core::collection_key key) = 0;
  /// Adds or replaces. Errors: `quota_exceeded` when more than 200 would be there; nothing changes then.
  virtual core::status add_tags(core::collection_key key, const tags& with) = 0;
  virtual core::status remove_tags(core::collection_key key, std::span<const std::string> names) = 0;

  // -- faces
  // -----------------------------------------------------------------------------------------------------------

  /// Adds faces. A face whose image, external image id (given) and box are stored already is not added again: its
  /// stored row is returned (IndexFaces is retry-safe); so is one whose id is stored with the same content. They are
  /// tied to no user, whatever `user_id` says. Errors: `not_found` (collection deleted meanwhile), `already_exists`
  /// (face id taken with other content), `model_mismatch` (model version, or dimension other than the first face's),
  /// `invalid_argument` (numbers that are not finite).
  virtual core::result<added_faces> add_faces(core::collection_key key, std::span<const face_with_embedding> faces) = 0;
  /// Removes those that are there and tied to no user; the rest is refused by reason. An id given twice counts once.
  /// Errors: `not_found` (collection).
  virtual core::result<removed_faces> remove_faces(core::collection_key key, std::span<const core::face_id> ids) = 0;
  /// Ordered by face id, after `after` (exclusive). Errors: `not_found` (collection).
  virtual core::result<page<face_record, core::face_id>> list_faces(core::collection_key key, const face_filter& filter,
                                                                    std::optional<core::face_id> after,
                                                                    std::size_t limit) = 0;
  /// The records of those that exist, in the order of `ids`; none when the collection is gone.
  virtual core::result<std::vector<face_record>> find_faces(core::collection_key key,
                                                            std::span<const core::face_id> ids) = 0;
  /// Errors: `not_found` (face).
  virtual core::result<face_with_embedding> find_face(core::collection_key key, core::face_id id) = 0;
  /// Faces with embeddings ordered by id, for export. Errors: `not_found` (collection).
  virtual core::result<page<face_with_embedding, core::face_id>>
  list_embeddings(core::collection_key key, std::optional<core::face_id> after, std::size_t limit) = 0;

  // -- users
  // -----------------------------------------------------------------------------------------------------------

  /// Errors: `conflict` (user exists), `idempotency_mismatch`, `not_found` (collection).
  virtual core::status create_user(core::collection_key key, std::string_view user_id, const client_token& token) = 0;
  /// Unties its faces (the reply's `faces`) and keeps them. The reply's `user` is as it was before. Errors:
  /// `not_found`, `idempotency_mismatch`.
  virtual core::result<changed_user> delete_user(core::collection_key key, std::string_view user_id,
                                                 const client_token& token) = 0;
  /// Ordered by user id, after `after` (exclusive, empty = from the start).
  virtual core::result<page<user_record, std::string>> list_users(core::collection_key key, std::string_view after,
                                                                  std::size_t limit) = 0;
  /// Ties faces to the user and recomputes its vector (normalised mean of its faces' embeddings, in face id order). A
  /// user that has faces takes only those with cosine ≥ `lowest_cosine` to its present vector. Faces tied to it already
  /// are left out of both lists. Errors: `not_found` (collection, user), `quota_exceeded` (over 100 faces: nothing is
  /// tied), `idempotency_mismatch`.
  virtual core::result<changed_user> associate_faces(core::collection_key key, std::string_view user_id,
                                                     std::span<const core::face_id> ids, float lowest_cosine,
                                                     const client_token& token) = 0;
  /// Unties faces and recomputes the vector. Faces tied to no user are left out of both lists. Errors: `not_found`
  /// (collection, user), `idempotency_mismatch`.
  virtual core::result<changed_user> disassociate_faces(core::collection_key key, std::string_view user_id,
                                                        std::span<const core::face_id> ids,
                                                        const client_token& token) = 0;
  /// The records of those that exist, in the order of `keys`; none when the collection is gone.
  virtual core::result<std::vector<user_record>> find_users(core::collection_key key,
                                                            std::span<const core::user_key> keys) = 0;
  /// The user and its vector (empty when it has no faces). Errors: `not_found` (user).
  virtual core::result<std::pair<user_record, std::vector<float>>> find_user(core::collection_key key,
                                                                             std::string_view user_id) = 0;

  // -- what shards read
  // ------------------------------------------------------------------------------------------------

  /// All partitions of all collections with their heads, ordered by collection, partition.
  virtual core::result<std::vector<partition_head>> list_heads() = 0;
  /// References of one partition ordered by kind, id, after `after` (exclusive).
  virtual core::result<reference_page> list_references(core::collection_key key, std::uint32_t partition,
                                                       std::optional<std::pair<reference_kind, core::uuid>> after,
                                                       std::size_t limit) = 0;
  /// Mutations with seq > `after`, ascending, at most `limit`. A removed or replaced reference's earlier mutation
  /// carries no embedding any more (it is read as a removal; the later mutation follows). Errors: `gap` when rows
  /// before were pruned.
  virtual core::result<mutation_batch> tail_mutations(core::collection_key key, std::uint32_t partition,
                                                      std::uint64_t after, std::size_t limit) = 0;

  // -- keys
  // ------------------------------------------------------------------------------------------------------------

  /// Errors: `already_exists` (access key, CURVE key).
  virtual core::status add_key(const api_key& key) = 0;
  /// All keys, revoked ones too, with secrets, ordered by creation.
  virtual core::result<std::vector<api_key>> list_keys() = 0;
  /// Errors: `not_found`. Revoking twice keeps the first time.
  virtual core::status revoke_key(std::string_view access_key, core::wall_time at) = 0;

  // -- decisions
  // -------------------------------------------------------------------------------------------------------

  /// Appends all or none, in one transaction (group commit).
  virtual core::status append_decisions(std::span<const decision> decisions) = 0;
  /// The same for those whose request has none yet: what may have been appended already is, once. One caller at a time.
  virtual core::status append_missing_decisions(std::span<const decision> decisions) = 0;
  /// Newest first, after `before` (exclusive; a position from a page's `next`).
  virtual core::result<page<decision, std::uint64_t>>
  list_decisions(const decision_filter& filter, std::optional<std::uint64_t> before, std::size_t limit) = 0;
  /// The newest one of this request. Errors: `not_found`.
  virtual core::result<decision> find_decision(core::request_id request) = 0;

  // -- stream processors: cameras

  /// Stores a stopped one. Errors: `already_exists` (name or key), `quota_exceeded` (over 10,000).
  virtual core::status create_processor(const stream_processor& made) = 0;
  /// Errors: `not_found`.
  virtual core::result<stream_processor> find_processor(std::string_view name) = 0;
  /// Ordered by name, after `after` (exclusive, empty = from the start).
  virtual core::result<page<stream_processor, std::string>> list_processors(std::string_view after,
                                                                            std::size_t limit) = 0;
  /// From `stopped` or `failed` to `starting`. Errors: `not_found`, `conflict` (it is another).
  virtual core::result<stream_processor> start_processor(std::string_view name, core::wall_time at) = 0;
  /// From `starting` or `running` to `stopping`; to `stopped` where no node has claimed this run. Errors: `not_found`,
  /// `conflict` (it is another).
  virtual core::result<stream_processor> stop_processor(std::string_view name, core::wall_time at) = 0;
  /// Puts `details` in the place of those that the caller saw, `seen`. Errors: `not_found`, `conflict` (others are
  /// there).
  virtual core::result<stream_processor> replace_details(std::string_view name, std::string_view seen,
                                                         std::string_view details, core::wall_time at) = 0;
  /// Its events stay. Errors: `not_found`, `conflict` (neither `stopped` nor `failed`).
  virtual core::result<stream_processor> delete_processor(std::string_view name) = 0;
  /// From now on the node alone may write for it, under the epoch of what is given, and nobody else may claim it for
  /// `span` on the store's clock. Errors: `not_found`, `conflict` (it is `stopped` or `failed`; another node's claim
  /// has not run out).
  virtual core::result<stream_processor> claim_processor(const core::uuid& key, std::string_view node,
                                                         std::chrono::milliseconds span) = 0;
  /// Prolongs the claims of a node to `span` from now; gives those that it has, ordered by key.
  virtual core::result<std::vector<processor_claim>> renew_claims(std::string_view node,
                                                                  std::chrono::milliseconds span) = 0;
  /// How it is, by whoever claimed it last; `stopped` and `failed` end the run, `starting` gives the claim up. Neither
  /// that nor `running` changes one that is being stopped. Errors: `not_found`, `conflict` (another's, or at rest).
  virtual core::result<stream_processor> report_processor(const core::uuid& key, std::uint64_t epoch,
                                                          processor_status status, std::string_view message,
                                                          core::wall_time at) = 0;

  // -- events

  /// Appends those whose id is not stored yet, all or none; gives the number of each. Errors: `not_found` (processor),
  /// `conflict` (another claim came).
  virtual core::result<std::vector<std::uint64_t>> append_events(const core::uuid& processor, std::uint64_t epoch,
                                                                 std::span<const event_record> events) = 0;
  /// Ordered by number, after `after` (exclusive; 0 = from the first that is kept).
  virtual core::result<page<event_record, std::uint64_t>> list_events(const event_filter& filter, std::uint64_t after,
                                                                      std::size_t limit) = 0;
  /// The number given last; 0 before the first.
  virtual core::result<std::uint64_t> last_event() = 0;
  /// The number of the camera's last event before `before` (exclusive), of those that are kept; 0 where none is.
  virtual core::result<std::uint64_t> last_event_of(std::string_view camera, std::uint64_t before) = 0;
  /// Forgets up to `limit` of those decided before `before`; gives how many.
  virtual core::result<std::uint64_t> prune_events(core::wall_time before, std::size_t limit) = 0;

  /// Video jobs; lives as long as the store.
  virtual video_store& videos() = 0;
};

} // namespace rollcall::store
