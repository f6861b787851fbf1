// The data directory of the SQLite store: modes, lock, damage.
#include "store/sqlite_store.hpp"

#include "tests/contract/store_audit.hpp"
#include "tests/contract/store_fixture.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace rollcall::store::testing {

namespace {

class files : public ::testing::Test {
protected:
  [[nodiscard]] core::result<std::unique_ptr<store>> open() const { return open_sqlite_store(place_); }
  /// A closed store with a collection, some faces and a key.
  void fill() {
    auto opened = open();
    ASSERT_SUCCESS(opened);
    auto& filled = **opened;
    ASSERT_SUCCESS(filled.create_collection(make_collection("c"), {}));
    std::vector<face_with_embedding> faces;
    for (std::uint64_t seed = 0; seed < 200; ++seed)
      faces.push_back(make_face(seed, 512));
    ASSERT_SUCCESS(filled.add_faces(make_collection("c").key, faces));
    ASSERT_SUCCESS(filled.add_key({"RKIA1", "secret", "n", role::admin, {}, {}, {}}));
  }
  void overwrite(std::uint64_t from, std::size_t size) const {
    std::fstream file(place_ / "rollcall.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(from));
    file << std::string(size, '\x5a');
  }
  [[nodiscard]] static std::string message(const core::result<std::unique_ptr<store>>& outcome) {
    return outcome ? "" : outcome.failure().message;
  }

  test::temp_dir directory_;
  std::filesystem::path place_ = directory_.path() / "new" / "rollcall";
};

TEST_F(files, are_private) {
  fill();
  const auto opened = open();
  ASSERT_SUCCESS(opened);
  EXPECT_EQ(std::filesystem::status(place_).permissions(), std::filesystem::perms(0700));
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(place_)) {
    EXPECT_EQ(file.status().permissions(), std::filesystem::perms(0600)) << file.path();
    ++count;
  }
  EXPECT_EQ(count, 5U); // database, log, shared memory, key file, lock
}

TEST_F(files, a_directory_in_use_is_refused_by_name_of_the_process) {
  auto first = open();
  ASSERT_SUCCESS(first);
  const auto second = open();
  EXPECT_FAILURE(open(), conflict);
  EXPECT_NE(message(second).find("process " + std::to_string(::getpid())), std::string::npos) << message(second);
  EXPECT_NE(message(second).find(place_.string()), std::string::npos) << message(second);
  first->reset();
  ASSERT_SUCCESS(open());
}

TEST_F(files, a_newer_schema_is_refused) {
  fill();
  SQLite::Database((place_ / "rollcall.db").string(), SQLite::OPEN_READWRITE)
      .exec("INSERT INTO schema_versions VALUES (99, 0)");
  const auto opened = open();
  EXPECT_FAILURE(open(), unsupported);
  EXPECT_NE(message(opened).find("99"), std::string::npos) << message(opened);
}

TEST_F(files, something_else_than_a_database_is_refused) {
  fill();
  overwrite(0, 4096);
  const auto opened = open();
  EXPECT_FAILURE(open(), corrupt);
  EXPECT_NE(message(opened).find(place_.string()), std::string::npos) << message(opened);
}

TEST_F(files, a_damaged_page_is_told_by_the_call_that_meets_it) {
  fill();
  const auto size = std::filesystem::file_size(place_ / "rollcall.db");
  overwrite(size / 2, size / 2);
  const auto opened = open(); // the schema is in the first pages
  ASSERT_SUCCESS(opened);
  bool is_told = false;
  for (std::uint32_t part = 0; part < 4; ++part) {
    const auto references = (*opened)->list_references(make_collection("c").key, part, std::nullopt, 1000);
    if (!references) {
      EXPECT_EQ(references.failure().code, core::error_code::corrupt) << why(references);
      is_told = true;
    }
  }
  EXPECT_TRUE(is_told);
}

TEST_F(files, a_missing_key_file_is_refused_where_keys_are_stored) {
  fill();
  std::filesystem::remove(place_ / "secrets.key");
  const auto opened = open();
  EXPECT_FAILURE(open(), corrupt);
  EXPECT_NE(message(opened).find("secrets.key"), std::string::npos) << message(opened);
  EXPECT_FALSE(std::filesystem::exists(place_ / "secrets.key"));
}

TEST_F(files, another_key_file_is_refused) {
  fill();
  std::ofstream(place_ / "secrets.key", std::ios::binary) << std::string(32, 'k');
  EXPECT_FAILURE(open(), corrupt);
  std::filesystem::permissions(place_ / "secrets.key", std::filesystem::perms(0644));
  EXPECT_FAILURE(open(), invalid_config);
}

TEST_F(files, a_path_that_is_no_directory_is_refused) {
  std::filesystem::create_directories(place_.parent_path());
  std::ofstream(place_) << "a file";
  const auto opened = open();
  EXPECT_FAILURE(open(), storage_full);
  EXPECT_NE(message(opened).find(place_.string()), std::string::npos) << message(opened);
}

TEST_F(files, settings_out_of_range_are_refused) {
  sqlite_settings no_readers;
  no_readers.readers = 0;
  EXPECT_FAILURE(open_sqlite_store(place_, no_readers), invalid_config);
  sqlite_settings no_ids;
  no_ids.make_uuid = nullptr;
  EXPECT_FAILURE(open_sqlite_store(place_, no_ids), invalid_config);
}

TEST_F(files, the_decision_log_refuses_changes) {
  {
    auto opened = open();
    ASSERT_SUCCESS(opened);
    decision entry;
    entry.candidates = {{"a", 1}};
    ASSERT_SUCCESS((*opened)->append_decisions({&entry, 1}));
  }
  SQLite::Database db((place_ / "rollcall.db").string(), SQLite::OPEN_READWRITE);
  for (const char* sql : {"UPDATE decisions SET principal = 'x'", "DELETE FROM decisions",
                          "UPDATE decision_candidates SET id = 'x'", "DELETE FROM decision_candidates"})
    EXPECT_THROW(db.exec(sql), SQLite::Exception) << sql;
}

TEST_F(files, the_rules_that_sql_does_not_enforce_hold) {
  {
    auto opened = open();
    ASSERT_SUCCESS(opened);
    auto& all = **opened;
    for (const auto* id : {"a", "b"}) {
      const auto key = make_collection(id).key;
      ASSERT_SUCCESS(all.create_collection(make_collection(id), {{"t", "v"}}));
      std::vector<face_with_embedding> faces;
      std::vector<core::face_id> ids;
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        faces.push_back(make_face(seed));
        ids.push_back(faces.back().face.id);
      }
      ASSERT_SUCCESS(all.add_faces(key, faces));
      for (const auto* user : {"u", "v", "w"}) {
        ASSERT_SUCCESS(all.create_user(key, user, {user, "f"}));
        ASSERT_SUCCESS(all.associate_faces(key, user, std::span(ids).subspan((user[0] - 'u') * 4, 4), -2, {}));
      }
      ASSERT_SUCCESS(all.delete_user(key, "v", {"gone", "f"}));
      ASSERT_SUCCESS(all.disassociate_faces(key, "w", ids, {}));
      ASSERT_SUCCESS(all.remove_faces(key, std::span(ids).last(10)));
    }
    ASSERT_SUCCESS(all.delete_collection("a"));
  }
  EXPECT_EQ(audit(place_), "");
}

} // namespace

} // namespace rollcall::store::testing
