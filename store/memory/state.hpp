/// The tables of the memory store, and the functions over them by family. One lock of the store guards all of it; every
/// function checks before it changes anything, so that an error leaves nothing behind. Contracts: store/store.hpp.
#pragma once

#include "store/change_set.hpp"
#include "store/memory_store.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>

namespace rollcall::store::memory {

struct face_entry {
  face_record record; ///< its `user_id` tells the user it is tied to
  std::vector<float> embedding;
};

struct user_entry {
  core::user_key key;
  std::set<core::face_id> faces;
  std::vector<float> vector; ///< empty without faces
};

/// One partition: its references with the mutation that put them, and the order of mutations.
struct partition_entry {
  using name = std::pair<reference_kind, core::uuid>;
  struct placed {
    std::uint64_t seq = 0;
    std::vector<float> embedding;
  };

  std::uint64_t head = 0;
  std::uint64_t pruned = 0;
  std::map<name, placed> references;
  std::map<std::uint64_t, name> mutations;
};

struct collection_entry {
  collection_record record;
  tags labels;
  std::size_t dimension = 0; ///< of its embeddings; 0 before the first
  std::map<core::face_id, face_entry> faces;
  std::map<std::string, user_entry> users;
  partition_shape shape;
  std::map<std::uint32_t, partition_entry> partitions; ///< by number
};

struct token_entry {
  core::collection_key collection;
  client_token token;
  core::wall_time created{};
  changed_user reply;
};

struct state {
  common_settings settings;
  std::map<std::string, collection_entry> collections;
  std::deque<token_entry> tokens; ///< oldest first
  std::vector<api_key> keys;
  std::vector<decision> decisions; ///< position i + 1 is the log's number
  std::map<std::string, stream_processor> processors;
  std::map<std::uint64_t, event_record> events; ///< by number
  std::uint64_t last_event = 0;
};

/// Null when there is none.
[[nodiscard]] collection_entry* find_entry(state& all, core::collection_key key);

// -- collections

core::result<collection_record> create_collection(state& all, const collection_record& record, const tags& with);
core::result<collection_record> delete_collection(state& all, std::string_view id);
core::result<page<collection_record, std::string>> list_collections(const state& all, std::string_view after,
                                                                    std::size_t limit);
core::status add_tags(state& all, core::collection_key key, const tags& with);
core::status remove_tags(state& all, core::collection_key key, std::span<const std::string> names);

// -- references

/// As in SQLite: numbers and applies the changes.
[[nodiscard]] std::vector<mutation_batch> record_changes(const common_settings& settings, collection_entry& collection,
                                                         change_set changes);
[[nodiscard]] std::vector<partition_head> list_heads(const state& all);
core::result<reference_page> list_references(state& all, core::collection_key key, std::uint32_t partition,
                                             const std::optional<partition_entry::name>& after, std::size_t limit);
core::result<mutation_batch> tail_mutations(state& all, core::collection_key key, std::uint32_t partition,
                                            std::uint64_t after, std::size_t limit);

// -- doubling

[[nodiscard]] collection_shape to_shape(const collection_entry& entry);
core::result<doubling_step_taken> take_doubling_step(state& all, std::string_view id, doubling_step step,
                                                     const partition_shape& seen);

// -- faces

core::result<added_faces> add_faces(state& all, core::collection_key key, std::span<const face_with_embedding> faces);
core::result<removed_faces> remove_faces(state& all, core::collection_key key, std::span<const core::face_id> ids);
core::result<page<face_with_embedding, core::face_id>> list_faces(state& all, core::collection_key key,
                                                                  const face_filter& filter,
                                                                  const std::optional<core::face_id>& after,
                                                                  std::size_t limit);

// -- users

core::status create_user(state& all, core::collection_key key, std::string_view user_id, const client_token& token);
core::result<changed_user> delete_user(state& all, core::collection_key key, std::string_view user_id,
                                       const client_token& token);
core::result<changed_user> associate_faces(state& all, core::collection_key key, std::string_view user_id,
                                           std::span<const core::face_id> ids, float lowest_cosine,
                                           const client_token& token);
core::result<changed_user> disassociate_faces(state& all, core::collection_key key, std::string_view user_id,
                                              std::span<const core::face_id> ids, const client_token& token);
[[nodiscard]] user_record to_record(const std::string& user_id, const user_entry& user);
[[nodiscard]] std::vector<user_record> find_users(state& all, core::collection_key key,
                                                  std::span<const core::user_key> keys);
core::result<std::pair<user_record, std::vector<float>>> find_user(state& all, core::collection_key key,
                                                                   std::string_view user_id);

// -- decisions

core::status append_missing_decisions(state& all, std::span<const decision> decisions);
core::result<page<decision, std::uint64_t>> list_decisions(const state& all, const decision_filter& filter,
                                                           std::optional<std::uint64_t> before, std::size_t limit);
core::result<decision> find_decision(const state& all, core::request_id request);

// -- cameras

core::status create_processor(state& all, const stream_processor& made);
/// The processor of that name, changed by `step` if there is one. Errors: `not_found`; those of `step`.
core::result<stream_processor> change_named(state& all, std::string_view name,
                                            const std::function<core::status(stream_processor&)>& step);
core::result<stream_processor> change_keyed(state& all, const core::uuid& key,
                                            const std::function<core::status(stream_processor&)>& step);
[[nodiscard]] std::vector<processor_claim> renew_claims(state& all, std::string_view node, core::wall_time until);
core::result<page<stream_processor, std::string>> list_processors(const state& all, std::string_view after,
                                                                  std::size_t limit);
core::result<std::vector<std::uint64_t>> append_events(state& all, std::span<const event_record> events);
core::result<page<event_record, std::uint64_t>> list_events(const state& all, const event_filter& filter,
                                                            std::uint64_t after, std::size_t limit);
[[nodiscard]] std::uint64_t last_event_of(const state& all, std::string_view camera, std::uint64_t before);
core::result<std::uint64_t> prune_events(state& all, core::wall_time before, std::size_t limit);

/// With tables and a lock of its own.
[[nodiscard]] std::unique_ptr<video_store> make_video_store();

} // namespace rollcall::store::memory
