// What a server brings that a file does not: it stops, hangs, is shared, and refuses.
#include "store/postgres/connection.hpp"
#include "store/postgres/errors.hpp"
#include "store/postgres_membership.hpp"
#include "store/postgres_store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <csignal>

#include <fstream>
#include <future>
#include <regex>
#include <thread>

namespace rollcall::store::testing {

namespace {

class postgres_store : public ::testing::Test {
protected:
  postgres_settings settings(const std::string& uri, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    postgres_settings made;
    made.uri = uri;
    made.key_file = key_file_;
    made.patience = patience;
    return made;
  }
  std::unique_ptr<store> open(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    auto opened = open_postgres_store(settings(uri_, patience));
    EXPECT_TRUE(opened) << why(opened);
    return opened ? *std::move(opened) : nullptr;
  }
  static std::vector<face_with_embedding> make_faces(std::uint64_t first, std::size_t count) {
    std::vector<face_with_embedding> faces;
    for (std::uint64_t i = 0; i < count; ++i)
      faces.push_back(make_face(first + i));
    return faces;
  }
  static void send(const std::string& signal, const std::string& pids) {
    const auto sent =
        test::run({"/bin/sh", {"-c", "kill -" + signal + " " + pids}}, core::deadline::in(std::chrono::seconds(5)));
    ASSERT_TRUE(sent && sent->exit.exit_code == 0);
  }
  std::string count(const std::string& table) { return server_.query(uri_, "SELECT count(*) FROM " + table); }

  test::postgres_server server_;
  std::string uri_ = server_.make_schema();
  test::temp_dir directory_;
  std::filesystem::path key_file_ = make_key_file(directory_.path());
  const core::collection_key key_ = make_collection("c").key;
};

TEST(postgres_errors, a_server_that_begins_or_ends_is_out_of_reach_and_one_that_refuses_is_not) {
  const std::string place = "connection to server on socket \"/s\" failed: FATAL:  ";
  for (const auto* passing :
       {"the database system is starting up", "the database system is shutting down",
        "the database system is in recovery mode", "the database system is not yet accepting connections",
        "sorry, too many clients already", "remaining connection slots are reserved for superusers"})
    EXPECT_EQ(postgres::to_connect_error(place + passing).code, core::error_code::unavailable) << passing;
  for (const auto* lasting : {"password authentication failed for user \"u\"", "database \"d\" does not exist"})
    EXPECT_EQ(postgres::to_connect_error(place + lasting).code, core::error_code::invalid_config) << lasting;
  EXPECT_EQ(postgres::to_connect_error("at \"h\": Connection refused\n\tIs the server running?").context,
            "at \"h\": Connection refused");
}

TEST_F(postgres_store, goes_on_after_the_server_was_restarted) {
  const auto db = open();
  ASSERT_SUCCESS(db->create_collection(make_collection("c"), {}));
  ASSERT_SUCCESS(db->add_faces(key_, make_faces(0, 3)));
  ASSERT_SUCCESS(db->count(key_));
  server_.stop();
  server_.start();
  EXPECT_EQ(db->count(key_)->faces, 3U);
  ASSERT_SUCCESS(db->add_faces(key_, make_faces(10, 1)));
  server_.stop(false);
  server_.start();
  ASSERT_SUCCESS(db->add_faces(key_, make_faces(20, 40)));
  EXPECT_EQ(db->count(key_)->faces, 44U);
}

// The server keeps a statement for as long as the connection lives.
TEST_F(postgres_store, a_statement_is_prepared_once_by_a_connection) {
  const auto made = settings(uri_);
  postgres::connection db(made);
  const auto prepared = [&](sql::purpose wanted) {
    sql::transaction within(db, wanted);
    auto rows = sql::query(db, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''");
    EXPECT_TRUE(rows.next());
    return rows.number(0);
  };
  for (int round = 0; round < 3; ++round)
    for (const auto wanted : {sql::purpose::read, sql::purpose::write})
      EXPECT_EQ(prepared(wanted), 1);
}

// Statements are planned while there is next to nothing, and their plans stay.
TEST_F(postgres_store, no_plan_reads_more_as_a_collection_grows) {
  constexpr std::size_t batch = 50;
  constexpr std::size_t batches = 60;
  auto db = open();
  ASSERT_SUCCESS(db->create_collection(make_collection("c", 1), {}));
  for (std::size_t i = 0; i < batches; ++i) {
    ASSERT_SUCCESS(db->add_faces(key_, make_faces(i * batch, batch)));
    const auto tail = db->tail_mutations(key_, 0, i * batch, batch);
    ASSERT_SUCCESS(tail);
    ASSERT_EQ(tail->mutations.size(), batch);
    ASSERT_FALSE(tail->mutations.front().embedding.empty());
  }
  db.reset(); // a server process counts when it ends
  const auto read_of = [&](const std::string& table) {
    return std::stoul(server_.query(uri_, "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM "
                                          "pg_stat_user_tables WHERE relname = '"
                                              + table + "'"));
  };
  const auto until = core::deadline::in(std::chrono::seconds(20));
  while (server_.query(uri_, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rollcall'") != "0")
    ASSERT_FALSE(until.has_passed());
  EXPECT_GE(read_of("embeddings"), batches * batch); // they were counted
  EXPECT_LE(read_of("embeddings"), 2 * batches * batch);
  EXPECT_LE(read_of("faces"), batches * batch);
}

TEST_F(postgres_store, refuses_calls_while_there_is_no_server) {
  const auto db = open();
  ASSERT_SUCCESS(db->create_collection(make_collection("c"), {}));
  server_.stop();
  EXPECT_FAILURE(db->find_collection("c"), unavailable);
  EXPECT_FAILURE(db->create_collection(make_collection("d"), {}), unavailable);
  EXPECT_FAILURE(open_postgres_store(settings(uri_)), unavailable);
  server_.start();
  ASSERT_SUCCESS(db->find_collection("c"));
}

TEST_F(postgres_store, a_server_that_hangs_costs_no_more_than_patience) {
  const auto db = open(std::chrono::seconds(2)); // enough for a busy machine to open it
  ASSERT_NE(db, nullptr);
  ASSERT_SUCCESS(db->create_collection(make_collection("c"), {}));
  // Those that serve us: a new one still starts, and answers who asks which they are.
  const auto pids = server_.query(uri_, "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity "
                                        "WHERE application_name = 'rollcall'");
  send("STOP", pids);
  EXPECT_FAILURE(db->find_collection("c"), unavailable);
  EXPECT_FAILURE(db->create_collection(make_collection("d"), {}), unavailable);
  send("CONT", pids);
  ASSERT_SUCCESS(db->find_collection("c"));
  ASSERT_SUCCESS(db->create_collection(make_collection("e"), {}));
}

TEST_F(postgres_store, nodes_that_start_at_once_make_one_schema) {
  std::vector<std::future<bool>> opening;
  opening.reserve(6);
  for (int i = 0; i < 6; ++i)
    opening.push_back(std::async(std::launch::async, [this] { return open() != nullptr; }));
  for (auto& each : opening)
    EXPECT_TRUE(each.get());
  EXPECT_EQ(server_.query(uri_, "SELECT max(version) = count(*) FROM schema_versions"), "t");
}

TEST_F(postgres_store, what_one_node_writes_another_reads) {
  const auto first = open();
  const auto second = open();
  ASSERT_SUCCESS(first->create_collection(make_collection("c"), {}));
  ASSERT_SUCCESS(second->add_faces(key_, make_faces(0, 50)));
  EXPECT_EQ(first->count(key_)->faces, 50U);
  ASSERT_SUCCESS(first->delete_collection("c"));
  EXPECT_FAILURE(second->add_faces(key_, make_faces(0, 50)), not_found);
}

TEST_F(postgres_store, refuses_the_schema_of_a_newer_program) {
  open();
  server_.run(uri_, "INSERT INTO schema_versions VALUES (99, 0)");
  EXPECT_FAILURE(open_postgres_store(settings(uri_)), unsupported);
}

TEST_F(postgres_store, says_what_a_server_refuses) {
  auto elsewhere = uri_;
  elsewhere.replace(elsewhere.find("/postgres?"), 10, "/nowhere?");
  EXPECT_FAILURE(open_postgres_store(settings(elsewhere)), invalid_config);
  EXPECT_FAILURE(open_postgres_store(settings("postgresql://%zz")), invalid_config);
  server_.run(uri_, "CREATE ROLE nobody_here LOGIN");
  auto another = uri_;
  another.replace(another.find("rollcall@"), 9, "nobody_here@");
  EXPECT_FAILURE(open_postgres_store(settings(another)), invalid_config);
}

TEST_F(postgres_store, another_key_file_is_refused) {
  ASSERT_SUCCESS(open()->add_key({"RKIA1", "secret", "n", role::admin, {}, {}, {}}));
  std::filesystem::remove(key_file_);
  EXPECT_FAILURE(open_postgres_store(settings(uri_)), invalid_config);
  make_key_file(directory_.path());
  EXPECT_FAILURE(open_postgres_store(settings(uri_)), corrupt);
}

TEST_F(postgres_store, the_decision_log_only_grows) {
  const auto db = open();
  decision made;
  made.candidates.push_back({"a", 99});
  ASSERT_SUCCESS(db->append_decisions({&made, 1}));
  for (const auto* sql : {"DELETE FROM decisions", "UPDATE decisions SET principal = 'x'", "TRUNCATE decisions CASCADE",
                          "DELETE FROM decision_candidates", "UPDATE decision_candidates SET similarity = 0"})
    EXPECT_THROW(server_.run(uri_, sql), std::runtime_error) << sql;
}

// The first SQL block of docs/postgresql.md, for another schema and role.
std::string documented_rights(const std::string& schema, const std::string& role) {
  std::ifstream file("docs/postgresql.md");
  std::string line;
  std::string sql;
  while (std::getline(file, line) && line != "```sql") {
  }
  while (std::getline(file, line) && line != "```")
    sql += line + "\n";
  EXPECT_FALSE(sql.empty());
  sql = std::regex_replace(sql, std::regex("\\brollcall_node\\b"), role);
  return std::regex_replace(sql, std::regex("\\bSCHEMA public\\b"), "SCHEMA " + schema);
}

TEST_F(postgres_store, the_documented_rights_are_enough_and_not_too_much) {
  open(); // as the owner, which makes the schema
  const auto schema = uri_.substr(uri_.rfind("%3D") + 3);
  const auto name = "node_of_" + schema;
  server_.run(uri_, documented_rights(schema, name));
  auto uri = uri_;
  uri.replace(uri.find("rollcall@"), 9, name + "@");
  const auto opened = open_postgres_store(settings(uri));
  ASSERT_SUCCESS(opened);
  const auto& db = *opened;
  ASSERT_SUCCESS(db->create_collection(make_collection("c"), {{"a", "b"}}));
  ASSERT_SUCCESS(db->add_faces(key_, make_faces(0, 50)));
  ASSERT_SUCCESS(db->create_user(key_, "u", {"token", "print"}));
  const std::vector<core::face_id> ids{make_face(0).face.id};
  ASSERT_SUCCESS(db->associate_faces(key_, "u", ids, -1, {}));
  ASSERT_SUCCESS(db->delete_user(key_, "u", {}));
  ASSERT_SUCCESS(db->remove_faces(key_, ids));
  ASSERT_SUCCESS(db->add_key({"RKIA1", "secret", "n", role::admin, {}, {}, {}}));
  decision made;
  made.candidates.push_back({"a", 99});
  ASSERT_SUCCESS(db->append_decisions({&made, 1}));
  auto members = open_postgres_membership(settings(uri));
  ASSERT_SUCCESS(members);
  ASSERT_SUCCESS((*members)->take_lease("l", "h", std::chrono::seconds(1)));
  ASSERT_SUCCESS(db->delete_collection("c"));
  for (const auto* sql : {"DELETE FROM decisions", "UPDATE decisions SET principal = 'x'", "DROP TABLE faces",
                          "UPDATE schema_versions SET version = 0", "CREATE TABLE mine (a BIGINT)"})
    EXPECT_THROW(server_.run(uri, sql), std::runtime_error) << sql;
}

// Two writers want the same faces, named in opposite orders.
TEST_F(postgres_store, writers_of_the_same_faces_do_not_deadlock) {
  const auto db = open();
  ASSERT_SUCCESS(db->create_collection(make_collection("c"), {}));
  const auto faces = make_faces(0, 20);
  ASSERT_SUCCESS(db->add_faces(key_, faces));
  std::vector<core::face_id> forth;
  forth.reserve(faces.size());
  for (const auto& each : faces)
    forth.push_back(each.face.id);
  const std::vector<core::face_id> back(forth.rbegin(), forth.rend());
  ASSERT_SUCCESS(db->create_user(key_, "a", {}));
  ASSERT_SUCCESS(db->create_user(key_, "b", {}));
  const auto associate_and_back = [&](const std::string& user, const std::vector<core::face_id>& ids) {
    for (int i = 0; i < 40; ++i) {
      const auto tied = db->associate_faces(key_, user, ids, -1, {});
      ASSERT_SUCCESS(tied);
      ASSERT_SUCCESS(db->disassociate_faces(key_, user, ids, {}));
    }
  };
  std::thread other([&] { associate_and_back("b", back); });
  associate_and_back("a", forth);
  other.join();
  EXPECT_EQ(count("faces WHERE \"user\" IS NOT NULL"), "0");
  EXPECT_EQ(count("embeddings WHERE kind = 1"), "0");
  EXPECT_EQ(server_.query(uri_, "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"), "0");
}

// Many at once go another way than few: what they are given back and what is stored is the same.
TEST_F(postgres_store, many_faces_at_once_are_as_if_added_one_by_one) {
  const auto db = open();
  ASSERT_SUCCESS(db->create_collection(make_collection("c"), {}));
  auto faces = make_faces(0, 50);
  for (auto& each : faces) {
    each.face.external_image_id = "e";
    each.face.user_id = "whoever";
  }
  const auto first = db->add_faces(key_, faces);
  ASSERT_SUCCESS(first);
  for (const auto& each : first->faces)
    EXPECT_FALSE(each.user_id);
  auto again = faces; // the same pictures under other ids
  for (std::size_t i = 0; i < again.size(); ++i)
    again[i].face.id = make_face(1'000 + i).face.id;
  const auto second = db->add_faces(key_, again);
  ASSERT_SUCCESS(second);
  EXPECT_TRUE(second->mutations.empty());
  ASSERT_EQ(second->faces.size(), faces.size());
  for (std::size_t i = 0; i < faces.size(); ++i)
    EXPECT_EQ(second->faces[i].id, faces[i].face.id);
  EXPECT_EQ(db->count(key_)->faces, 50U);
}

// Of writers with the same picture one adds it, and all are told of the same face.
TEST_F(postgres_store, the_same_picture_at_once_is_one_face) {
  const auto db = open();
  ASSERT_SUCCESS(db->create_collection(make_collection("c"), {}));
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::vector<std::future<core::face_id>> adding;
    for (std::uint64_t i = 0; i < 4; ++i)
      adding.push_back(std::async(std::launch::async, [&, i] {
        auto face = make_face(round);
        face.face.external_image_id = "e";
        face.face.id = make_face(1000 * (i + 1) + round).face.id;
        const auto added = db->add_faces(key_, {&face, 1});
        EXPECT_TRUE(added) << why(added);
        return added ? added->faces[0].id : core::face_id{};
      }));
    const auto first = adding[0].get();
    for (std::size_t i = 1; i < adding.size(); ++i)
      EXPECT_EQ(adding[i].get(), first);
  }
  EXPECT_EQ(db->count(key_)->faces, 20U);
}

} // namespace

} // namespace rollcall::store::testing
