/// Video jobs in SQL. Functions over a connection within a transaction of the caller; they throw sql::failure. `clock`:
/// a statement for the database's time. Contracts: store/videos.hpp.
#pragma once

#include "store/sql/session.hpp"
#include "store/store.hpp"

namespace rollcall::store::sql {

core::result<video_job> start_video(session& db, const video_job& made, const client_token& token);
core::result<std::optional<video_job>> recall_video(session& db, const client_token& token);
core::result<video_job> find_video(session& db, std::string_view id);
core::result<std::vector<video_job>> list_open_videos(session& db);
core::result<video_job> claim_video(session& db, std::string_view id, std::string_view node,
                                    std::chrono::milliseconds span, std::string_view clock);
core::result<std::vector<video_claim>> renew_videos(session& db, std::string_view node, std::chrono::milliseconds span,
                                                    std::string_view clock);
core::status append_to_video(session& db, const video_claim& by, const video_progress& what);
core::result<bool> rewind_video(session& db, const video_claim& by, std::size_t limit);
core::status finish_video(session& db, const video_claim& by, video_status how, std::string_view message,
                          core::wall_time at);
core::result<page<video_result, video_place>> list_video_results(session& db, std::string_view id, video_order order,
                                                                 const std::optional<video_place>& after,
                                                                 std::size_t limit);
core::result<std::vector<video_matches>> find_video_matches(session& db, std::string_view id,
                                                            std::span<const std::uint64_t> tracks);
core::result<bool> prune_videos(session& db, core::wall_time before, std::size_t limit);

/// store::videos over an SQL database; `Database` is that of sql_store.
template <class Database>
class sql_video_store final : public video_store {
public:
  /// The database outlives it.
  explicit sql_video_store(Database& database) : database_(database) {}

  core::result<video_job> start(const video_job& made, const client_token& token) override {
    return database_.write([&](auto& db) { return start_video(db, made, token); });
  }
  core::result<std::optional<video_job>> recall(const client_token& token) override {
    return database_.read([&](auto& db) { return recall_video(db, token); });
  }
  core::result<video_job> find(std::string_view id) override {
    return database_.read([&](auto& db) { return find_video(db, id); });
  }
  core::result<std::vector<video_job>> list_open() override {
    return database_.read([&](auto& db) { return list_open_videos(db); });
  }
  core::result<video_job> claim(std::string_view id, std::string_view node, std::chrono::milliseconds span) override {
    return database_.write([&](auto& db) { return claim_video(db, id, node, span, Database::clock); });
  }
  core::result<std::vector<video_claim>> renew(std::string_view node, std::chrono::milliseconds span) override {
    return database_.write([&](auto& db) { return renew_videos(db, node, span, Database::clock); });
  }
  core::status append(const video_claim& by, const video_progress& what) override {
    return database_.write([&](auto& db) { return append_to_video(db, by, what); });
  }
  core::result<bool> rewind(const video_claim& by, std::size_t limit) override {
    return database_.write([&](auto& db) { return rewind_video(db, by, limit); });
  }
  core::status finish(const video_claim& by, video_status how, std::string_view message, core::wall_time at) override {
    return database_.write([&](auto& db) { return finish_video(db, by, how, message, at); });
  }
  core::result<page<video_result, video_place>>
  list_results(std::string_view id, video_order order, std::optional<video_place> after, std::size_t limit) override {
    return database_.read([&](auto& db) { return list_video_results(db, id, order, after, limit); });
  }
  core::result<std::vector<video_matches>> find_matches(std::string_view id,
                                                        std::span<const std::uint64_t> tracks) override {
    return database_.read([&](auto& db) { return find_video_matches(db, id, tracks); });
  }
  core::result<bool> prune(core::wall_time before, std::size_t limit) override {
    return database_.write([&](auto& db) { return prune_videos(db, before, limit); });
  }

private:
  Database& database_;
};

} // namespace rollcall::store::sql
