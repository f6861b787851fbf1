#include "store/sqlite_store.hpp"

#include "core/log.hpp"
#include "store/sqlite/collections.hpp"
#include "store/sqlite/connection_pool.hpp"
#include "store/sqlite/data_directory.hpp"
#include "store/sqlite/decisions.hpp"
#include "store/sqlite/faces.hpp"
#include "store/sqlite/keys.hpp"
#include "store/sqlite/migration.hpp"
#include "store/sqlite/references.hpp"
#include "store/sqlite/scrubber.hpp"
#include "store/sqlite/users.hpp"

#include <limits>

namespace rollcall::store {

namespace {

using sqlite::connection;
using sqlite::connection_pool;
using sqlite::transaction;
using key_type = core::collection_key;

/// Adds the directory to an error that the operator must act on there.
core::error name_place(core::error failed, const std::filesystem::path& dir) {
  if (failed.code == core::error_code::storage_full || failed.code == core::error_code::corrupt)
    failed.message += " (data directory " + dir.string() + ")";
  return failed;
}

/// Each call is one transaction on a borrowed connection; the functions of store/sqlite/ are its body.
class sqlite_store final : public store {
public:
  sqlite_store(std::unique_ptr<const sqlite_settings> settings, sqlite::data_directory place,
               const sqlite::secret_box& secrets, std::vector<std::unique_ptr<connection>> writer,
               std::vector<std::unique_ptr<connection>> readers)
      : settings_(std::move(settings)),
        place_(std::move(place)),
        secrets_(secrets),
        writer_(std::move(writer)),
        readers_(std::move(readers)),
        scrubber_(writer_, settings_->scrub_after) {
    scrubber_.ask(); // for what a killed process deleted last
  }

  core::result<collection_record> create_collection(const collection_record& record, const tags& with) override {
    return write([&](auto& db) { return sqlite::create_collection(db, record, with); });
  }
  core::result<collection_record> delete_collection(std::string_view id) override {
    return erase([&](auto& db) { return sqlite::delete_collection(db, id); });
  }
  core::result<collection_record> find_collection(std::string_view id) override {
    return read([&](auto& db) { return sqlite::find_collection(db, id); });
  }
  core::result<collection_counts> count(key_type key) override {
    return read([&](auto& db) { return sqlite::count(db, key); });
  }
  core::result<page<collection_record, std::string>> list_collections(std::string_view after,
                                                                      std::size_t limit) override {
    return read([&](auto& db) { return sqlite::list_collections(db, after, limit); });
  }

  core::result<tags> find_tags(key_type key) override {
    return read([&](auto& db) { return sqlite::find_tags(db, key); });
  }
  core::status add_tags(key_type key, const tags& with) override {
    return write([&](auto& db) { return sqlite::add_tags(db, key, with); });
  }
  core::status remove_tags(key_type key, std::span<const std::string> names) override {
    return write([&](auto& db) { return sqlite::remove_tags(db, key, names); });
  }

  core::result<added_faces> add_faces(key_type key, std::span<const face_with_embedding> faces) override {
    return write([&](auto& db) { return sqlite::add_faces(db, key, faces); });
  }
  core::result<removed_faces> remove_faces(key_type key, std::span<const core::face_id> ids) override {
    return erase([&](auto& db) { return sqlite::remove_faces(db, key, ids); });
  }
  core::result<page<face_record, core::face_id>>
  list_faces(key_type key, const face_filter& filter, std::optional<core::face_id> after, std::size_t limit) override {
    return read([&](auto& db) { return sqlite::list_faces(db, key, filter, after, limit); });
  }
  core::result<std::vector<face_record>> find_faces(key_type key, std::span<const core::face_id> ids) override {
    return read([&](auto& db) { return sqlite::find_faces(db, key, ids); });
  }
  core::result<face_with_embedding> find_face(key_type key, core::face_id id) override {
    return read([&](auto& db) { return sqlite::find_face(db, key, id); });
  }
  core::result<page<face_with_embedding, core::face_id>>
  list_embeddings(key_type key, std::optional<core::face_id> after, std::size_t limit) override {
    return read([&](auto& db) { return sqlite::list_embeddings(db, key, after, limit); });
  }

  core::status create_user(key_type key, std::string_view user_id, const client_token& token) override {
    return write([&](auto& db) { return sqlite::create_user(db, key, user_id, token); });
  }
  core::result<changed_user> delete_user(key_type key, std::string_view user_id, const client_token& token) override {
    return erase([&](auto& db) { return sqlite::delete_user(db, key, user_id, token); });
  }
  core::result<page<user_record, std::string>> list_users(key_type key, std::string_view after,
                                                          std::size_t limit) override {
    return read([&](auto& db) { return sqlite::list_users(db, key, after, limit); });
  }
  core::result<changed_user> associate_faces(key_type key, std::string_view user_id, std::span<const core::face_id> ids,
                                             float lowest_cosine, const client_token& token) override {
    return erase([&](auto& db) { return sqlite::associate_faces(db, key, user_id, ids, lowest_cosine, token); });
  }
  core::result<changed_user> disassociate_faces(key_type key, std::string_view user_id,
                                                std::span<const core::face_id> ids,
                                                const client_token& token) override {
    return erase([&](auto& db) { return sqlite::disassociate_faces(db, key, user_id, ids, token); });
  }
  core::result<std::vector<user_record>> find_users(key_type key, std::span<const core::user_key> keys) override {
    return read([&](auto& db) { return sqlite::find_users(db, key, keys); });
  }
  core::result<std::pair<user_record, std::vector<float>>> find_user(key_type key, std::string_view user_id) override {
    return read([&](auto& db) { return sqlite::find_user(db, key, user_id); });
  }

  core::result<std::vector<partition_head>> list_heads() override {
    return read([&](auto& db) { return sqlite::list_heads(db); });
  }
  core::result<reference_page> list_references(key_type key, std::uint32_t partition,
                                               std::optional<std::pair<reference_kind, core::uuid>> after,
                                               std::size_t limit) override {
    return read([&](auto& db) { return sqlite::list_references(db, key, partition, after, limit); });
  }
  core::result<mutation_batch> tail_mutations(key_type key, std::uint32_t partition, std::uint64_t after,
                                              std::size_t limit) override {
    return read([&](auto& db) { return sqlite::tail_mutations(db, key, partition, after, limit); });
  }

  core::status add_key(const api_key& key) override {
    return write([&](auto& db) { return sqlite::add_key(db, secrets_, key); });
  }
  core::result<std::vector<api_key>> list_keys() override {
    return read([&](auto& db) { return sqlite::list_keys(db, secrets_); });
  }
  core::status revoke_key(std::string_view access_key, core::wall_time at) override {
    return write([&](auto& db) { return sqlite::revoke_key(db, access_key, at); });
  }

  core::status append_decisions(std::span<const decision> decisions) override {
    return write([&](auto& db) { return sqlite::append_decisions(db, decisions); });
  }
  core::result<page<decision, std::uint64_t>>
  list_decisions(const decision_filter& filter, std::optional<std::uint64_t> before, std::size_t limit) override {
    return read([&](auto& db) { return sqlite::list_decisions(db, filter, before, limit); });
  }
  core::result<decision> find_decision(core::request_id request) override {
    return read([&](auto& db) { return sqlite::find_decision(db, request); });
  }

private:
  /// Runs `body` on one state of the database.
  template <class Body>
  auto read(const Body& body) -> std::invoke_result_t<Body, connection&> {
    ROLLCALL_TRY(const auto lent, readers_.borrow(settings_->patience));
    try {
      const transaction snapshot(*lent, transaction::purpose::read);
      return body(*lent);
    } catch (...) {
      return name_place(sqlite::current_error(), place_.path());
    }
  }

  /// Runs `body` and commits where it succeeds; an error of it leaves nothing behind.
  template <class Body>
  auto write(const Body& body) -> std::invoke_result_t<Body, connection&> {
    ROLLCALL_TRY(const auto lent, writer_.borrow(settings_->patience));
    try {
      transaction change(*lent, transaction::purpose::write);
      auto done = body(*lent);
      if (!done)
        return done;
      if (auto committed = change.commit(); !committed)
        return name_place(std::move(committed).failure(), place_.path());
      return done;
    } catch (...) {
      return name_place(sqlite::current_error(), place_.path());
    }
  }

  /// A write that deletes or replaces embeddings: their bytes must leave the files, too.
  template <class Body>
  auto erase(const Body& body) -> std::invoke_result_t<Body, connection&> {
    auto done = write(body);
    if (done)
      scrubber_.ask();
    return done;
  }

  // Connections refer to the settings and lie within the lock of the directory: their order here matters.
  std::unique_ptr<const sqlite_settings> settings_;
  sqlite::data_directory place_;
  sqlite::secret_box secrets_;
  connection_pool writer_;
  connection_pool readers_;
  sqlite::scrubber scrubber_;
};

core::status check_settings(const sqlite_settings& settings) {
  constexpr std::chrono::milliseconds longest{std::numeric_limits<int>::max()};
  const bool is_good = settings.readers >= 1 && settings.readers <= 1024 && settings.patience.count() >= 0
                       && settings.patience <= longest && settings.scrub_after.count() >= 1 && settings.make_uuid;
  if (!is_good)
    return core::fail(core::error_code::invalid_config, "a setting of the store is out of range");
  return core::nothing{};
}

core::result<std::unique_ptr<store>> open_in(sqlite::data_directory place, const sqlite_settings& given) {
  auto settings = std::make_unique<sqlite_settings>(given);
  if (settings->clock == nullptr)
    settings->clock = std::make_shared<core::system_wall_clock>();
  std::vector<std::unique_ptr<connection>> writer;
  writer.push_back(std::make_unique<connection>(place.database(), *settings));
  ROLLCALL_CHECK(migrate(*writer.front(), sqlite::migrations(), settings->clock->now()));
  ROLLCALL_TRY(const auto secrets, sqlite::secret_box::open(place.key_file(), !sqlite::has_keys(*writer.front())));
  ROLLCALL_CHECK(sqlite::list_keys(*writer.front(), secrets)); // the right key file?
  std::vector<std::unique_ptr<connection>> readers;
  for (std::size_t i = 0; i < settings->readers; ++i)
    readers.push_back(std::make_unique<connection>(place.database(), *settings));
  return std::unique_ptr<store>(std::make_unique<sqlite_store>(std::move(settings), std::move(place), secrets,
                                                               std::move(writer), std::move(readers)));
}

} // namespace

core::result<std::unique_ptr<store>> open_sqlite_store(const std::filesystem::path& data_dir,
                                                       const sqlite_settings& settings) {
  try {
    ROLLCALL_CHECK(check_settings(settings));
    ROLLCALL_TRY(auto place, sqlite::data_directory::open(data_dir));
    auto opened = open_in(std::move(place), settings);
    if (!opened)
      return name_place(std::move(opened).failure(), data_dir);
    return opened;
  } catch (...) {
    return name_place(sqlite::current_error(), data_dir);
  }
}

} // namespace rollcall::store
