#include "store/sql/migration.hpp"
#include "store/sqlite/connection.hpp"

#include "tests/contract/store_fixture.hpp"

namespace rollcall::store::sql {

namespace {

class migration : public ::testing::Test {
protected:
  [[nodiscard]] std::int64_t number(std::string_view sql) {
    query q(db_, sql);
    return q.next() ? q.number(0) : -1;
  }

  test::temp_dir directory_;
  sqlite_settings settings_;
  sqlite::connection db_{directory_.path() / "rollcall.db", settings_};
  core::wall_time now_{std::chrono::milliseconds{42}};
};

TEST_F(migration, runs_each_step_once) {
  const std::vector<std::string_view> first{"CREATE TABLE a (x)"};
  const std::vector<std::string_view> both{first[0], "CREATE TABLE b (x); INSERT INTO b VALUES (7)"};
  ASSERT_SUCCESS(migrate(db_, first, now_));
  ASSERT_SUCCESS(migrate(db_, first, now_));
  ASSERT_SUCCESS(migrate(db_, both, now_));
  EXPECT_EQ(number("SELECT x FROM b"), 7);
  EXPECT_EQ(number("SELECT max(version) FROM schema_versions"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM schema_versions WHERE applied = 42"), 2);
}

TEST_F(migration, a_step_that_fails_leaves_nothing) {
  const std::vector<std::string_view> bad{"CREATE TABLE a (x)", "CREATE TABLE b (x); INSERT INTO missing VALUES (1)"};
  EXPECT_THROW((void)migrate(db_, bad, now_), failure);
  EXPECT_EQ(number("SELECT max(version) FROM schema_versions"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
  const std::vector<std::string_view> mended{bad[0], "CREATE TABLE b (x)"};
  ASSERT_SUCCESS(migrate(db_, mended, now_));
}

TEST_F(migration, refuses_a_newer_database) {
  const std::vector<std::string_view> steps{"CREATE TABLE a (x)", "CREATE TABLE b (x)"};
  ASSERT_SUCCESS(migrate(db_, steps, now_));
  EXPECT_FAILURE(migrate(db_, std::span(steps).first(1), now_), unsupported);
}

TEST_F(migration, the_real_ones_run) {
  ASSERT_SUCCESS(migrate(db_, sqlite_migrations(), now_));
  EXPECT_EQ(number("SELECT max(version) FROM schema_versions"), static_cast<std::int64_t>(sqlite_migrations().size()));
}

TEST_F(migration, a_database_of_the_first_version_keeps_its_faces) {
  ASSERT_SUCCESS(migrate(db_, sqlite_migrations().first(1), now_));
  db_.run_script("INSERT INTO collections (key, id, model_version, partitions, created, faces) "
                 "VALUES (zeroblob(16), 'old', '1', 1, 0, 1)");
  db_.run_script("INSERT INTO faces (collection, id, image, box_left, box_top, box_width, box_height, confidence) "
                 "VALUES (1, zeroblob(16), zeroblob(16), 0, 0, 1, 1, 99.5)");
  db_.run_script("INSERT INTO partitions (collection, part) VALUES (1, 0), (1, 1)");
  ASSERT_SUCCESS(migrate(db_, sqlite_migrations(), now_));
  EXPECT_EQ(number("SELECT sum(faces) FROM partitions"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM faces WHERE confidence = 99.5 AND quality = 0"), 1);
}

} // namespace

} // namespace rollcall::store::sql
