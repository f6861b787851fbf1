/// The store over an SQL database: each call is one transaction, whose body is a function of store/sql/.
#pragma once

#include "store/secret_box.hpp"
#include "store/sql/collections.hpp"
#include "store/sql/decisions.hpp"
#include "store/sql/doubling.hpp"
#include "store/sql/events.hpp"
#include "store/sql/faces.hpp"
#include "store/sql/keys.hpp"
#include "store/sql/migration.hpp"
#include "store/sql/processors.hpp"
#include "store/sql/references.hpp"
#include "store/sql/users.hpp"
#include "store/sql/videos.hpp"

namespace rollcall::store::sql {

/// `Database` lends sessions: `read(body)`, `write(body)` and `erase(body)` (a write that deletes or replaces
/// embeddings) run `body`, which takes a session of its type and gives a result, in a transaction and give that result,
/// or the database's error. A write is committed when its body succeeds. Its static
/// `add_faces` is the body of that call, `clock` a statement for its time in milliseconds, and `facts` one for its name
/// and version, and the time. Any thread.
template <class Database>
class sql_store final : public store {
public:
  sql_store(const secret_box& secrets, std::unique_ptr<Database> database)
      : secrets_(secrets), database_(std::move(database)), videos_(*database_) {}

  core::result<store_description> describe() override {
    return database_->read([&](auto& db) { return sql::describe(db, Database::facts); });
  }

  core::result<collection_record> create_collection(const collection_record& record, const tags& with) override {
    return database_->write([&](auto& db) { return sql::create_collection(db, record, with); });
  }
  core::result<collection_record> delete_collection(std::string_view id) override {
    return database_->erase([&](auto& db) { return sql::delete_collection(db, id); });
  }
  core::result<collection_record> find_collection(std::string_view id) override {
    return database_->read([&](auto& db) { return sql::find_collection(db, id); });
  }
  core::result<collection_record> set_recall_floor(std::string_view id, float to) override {
    return database_->write([&](auto& db) { return sql::set_recall_floor(db, id, to); });
  }
  core::result<collection_counts> count(core::collection_key key) override {
    return database_->read([&](auto& db) { return sql::count(db, key); });
  }
  core::result<page<collection_record, std::string>> list_collections(std::string_view after,
                                                                      std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_collections(db, after, limit); });
  }

  core::result<collection_shape> find_shape(std::string_view id) override {
    return database_->read([&](auto& db) { return sql::find_shape(db, id); });
  }
  core::result<doubling_step_taken> take_doubling_step(std::string_view id, doubling_step step,
                                                       const partition_shape& seen) override {
    return database_->write([&](auto& db) { return sql::take_doubling_step(db, id, step, seen); });
  }

  core::result<tags> find_tags(core::collection_key key) override {
    return database_->read([&](auto& db) { return sql::find_tags(db, key); });
  }
  core::status add_tags(core::collection_key key, const tags& with) override {
    return database_->write([&](auto& db) { return sql::add_tags(db, key, with); });
  }
  core::status remove_tags(core::collection_key key, std::span<const std::string> names) override {
    return database_->write([&](auto& db) { return sql::remove_tags(db, key, names); });
  }

  core::result<added_faces> add_faces(core::collection_key key, std::span<const face_with_embedding> faces) override {
    return database_->write([&](auto& db) { return Database::add_faces(db, key, faces); });
  }
  core::result<removed_faces> remove_faces(core::collection_key key, std::span<const core::face_id> ids) override {
    return database_->erase([&](auto& db) { return sql::remove_faces(db, key, ids); });
  }
  core::result<page<face_record, core::face_id>> list_faces(core::collection_key key, const face_filter& filter,
                                                            std::optional<core::face_id> after,
                                                            std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_faces(db, key, filter, after, limit); });
  }
  core::result<std::vector<face_record>> find_faces(core::collection_key key,
                                                    std::span<const core::face_id> ids) override {
    return database_->read([&](auto& db) { return sql::find_faces(db, key, ids); });
  }
  core::result<face_with_embedding> find_face(core::collection_key key, core::face_id id) override {
    return database_->read([&](auto& db) { return sql::find_face(db, key, id); });
  }
  core::result<page<face_with_embedding, core::face_id>>
  list_embeddings(core::collection_key key, std::optional<core::face_id> after, std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_embeddings(db, key, after, limit); });
  }

  core::status create_user(core::collection_key key, std::string_view user_id, const client_token& token) override {
    return database_->write([&](auto& db) { return sql::create_user(db, key, user_id, token); });
  }
  core::result<changed_user> delete_user(core::collection_key key, std::string_view user_id,
                                         const client_token& token) override {
    return database_->erase([&](auto& db) { return sql::delete_user(db, key, user_id, token); });
  }
  core::result<page<user_record, std::string>> list_users(core::collection_key key, std::string_view after,
                                                          std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_users(db, key, after, limit); });
  }
  core::result<changed_user> associate_faces(core::collection_key key, std::string_view user_id,
                                             std::span<const core::face_id> ids, float lowest_cosine,
                                             const client_token& token) override {
    return database_->erase(
        [&](auto& db) { return sql::associate_faces(db, key, user_id, ids, lowest_cosine, token); });
  }
  core::result<changed_user> disassociate_faces(core::collection_key key, std::string_view user_id,
                                                std::span<const core::face_id> ids,
                                                const client_token& token) override {
    return database_->erase([&](auto& db) { return sql::disassociate_faces(db, key, user_id, ids, token); });
  }
  core::result<std::vector<user_record>> find_users(core::collection_key key,
                                                    std::span<const core::user_key> keys) override {
    return database_->read([&](auto& db) { return sql::find_users(db, key, keys); });
  }
  core::result<std::pair<user_record, std::vector<float>>> find_user(core::collection_key key,
                                                                     std::string_view user_id) override {
    return database_->read([&](auto& db) { return sql::find_user(db, key, user_id); });
  }

  core::result<std::vector<partition_head>> list_heads() override {
    return database_->read([&](auto& db) { return sql::list_heads(db); });
  }
  core::result<reference_page> list_references(core::collection_key key, std::uint32_t partition,
                                               std::optional<std::pair<reference_kind, core::uuid>> after,
                                               std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_references(db, key, partition, after, limit); });
  }
  core::result<mutation_batch> tail_mutations(core::collection_key key, std::uint32_t partition, std::uint64_t after,
                                              std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::tail_mutations(db, key, partition, after, limit); });
  }

  core::status add_key(const api_key& key) override {
    return database_->write([&](auto& db) { return sql::add_key(db, secrets_, key); });
  }
  core::result<std::vector<api_key>> list_keys() override {
    return database_->read([&](auto& db) { return sql::list_keys(db, secrets_); });
  }
  core::status revoke_key(std::string_view access_key, core::wall_time at) override {
    return database_->write([&](auto& db) { return sql::revoke_key(db, access_key, at); });
  }

  core::status append_decisions(std::span<const decision> decisions) override {
    return database_->write([&](auto& db) { return sql::append_decisions(db, decisions); });
  }
  core::status append_missing_decisions(std::span<const decision> decisions) override {
    return database_->write([&](auto& db) { return sql::append_missing_decisions(db, decisions); });
  }
  core::result<page<decision, std::uint64_t>>
  list_decisions(const decision_filter& filter, std::optional<std::uint64_t> before, std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_decisions(db, filter, before, limit); });
  }
  core::result<decision> find_decision(core::request_id request) override {
    return database_->read([&](auto& db) { return sql::find_decision(db, request); });
  }

  core::status create_processor(const stream_processor& made) override {
    return database_->write([&](auto& db) { return sql::create_processor(db, made); });
  }
  core::result<stream_processor> find_processor(std::string_view name) override {
    return database_->read([&](auto& db) { return sql::find_processor(db, name); });
  }
  core::result<page<stream_processor, std::string>> list_processors(std::string_view after,
                                                                    std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_processors(db, after, limit); });
  }
  core::result<stream_processor> start_processor(std::string_view name, core::wall_time at) override {
    return database_->write([&](auto& db) { return sql::start_processor(db, name, at); });
  }
  core::result<stream_processor> stop_processor(std::string_view name, core::wall_time at) override {
    return database_->write([&](auto& db) { return sql::stop_processor(db, name, at); });
  }
  core::result<stream_processor> replace_details(std::string_view name, std::string_view seen, std::string_view details,
                                                 core::wall_time at) override {
    return database_->write([&](auto& db) { return sql::replace_details(db, name, seen, details, at); });
  }
  core::result<stream_processor> delete_processor(std::string_view name) override {
    return database_->write([&](auto& db) { return sql::delete_processor(db, name); });
  }
  core::result<stream_processor> claim_processor(const core::uuid& key, std::string_view node,
                                                 std::chrono::milliseconds span) override {
    return database_->write([&](auto& db) { return sql::claim_processor(db, key, node, span, Database::clock); });
  }
  core::result<std::vector<processor_claim>> renew_claims(std::string_view node,
                                                          std::chrono::milliseconds span) override {
    return database_->write([&](auto& db) { return sql::renew_claims(db, node, span, Database::clock); });
  }
  core::result<stream_processor> report_processor(const core::uuid& key, std::uint64_t epoch, processor_status status,
                                                  std::string_view message, core::wall_time at) override {
    return database_->write([&](auto& db) { return sql::report_processor(db, key, epoch, status, message, at); });
  }

  core::result<std::vector<std::uint64_t>> append_events(const core::uuid& processor, std::uint64_t epoch,
                                                         std::span<const event_record> events) override {
    return database_->write([&](auto& db) { return sql::append_events(db, processor, epoch, events); });
  }
  core::result<page<event_record, std::uint64_t>> list_events(const event_filter& filter, std::uint64_t after,
                                                              std::size_t limit) override {
    return database_->read([&](auto& db) { return sql::list_events(db, filter, after, limit); });
  }
  core::result<std::uint64_t> last_event() override {
    return database_->read([&](auto& db) { return sql::last_event(db); });
  }
  core::result<std::uint64_t> last_event_of(std::string_view camera, std::uint64_t before) override {
    return database_->read([&](auto& db) { return sql::last_event_of(db, camera, before); });
  }
  core::result<std::uint64_t> prune_events(core::wall_time before, std::size_t limit) override {
    return database_->write([&](auto& db) { return sql::prune_events(db, before, limit); });
  }

  video_store& videos() override { return videos_; }

private:
  secret_box secrets_;
  std::unique_ptr<Database> database_;
  sql_video_store<Database> videos_;
};

} // namespace rollcall::store::sql
