/// The record of real nodes is backed up while they work, and others go on from it: one on SQLite, then two on another
/// PostgreSQL.
#include "tests/e2e/cluster_fixture.hpp"

#include <csignal>

namespace rollcall::test {
namespace {

namespace fs = std::filesystem;

class backup_test : public cluster_fixture {
protected:
  void expect_done(const std::vector<std::string>& arguments) {
    const auto done = command_of(arguments);
    EXPECT_EQ(done.exit, (exit_state{0, 0})) << done.out << done.err;
  }
  void expect_refusal(const std::vector<std::string>& arguments, const std::string& text, int code = 1) {
    const auto done = command_of(arguments);
    EXPECT_EQ(done.exit.exit_code, code) << done.out << done.err;
    EXPECT_NE(done.err.find(text), std::string::npos) << done.err;
  }
  // A cluster on another, empty schema, and no node of it yet.
  void move_on() {
    nodes_.clear();
    uri_ = server_.make_schema();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

private:
  static finished_command command_of(const std::vector<std::string>& arguments) {
    auto done = run({program("rollcall").string(), arguments}, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }
};

// It waits in the middle for a table that somebody else holds, and is killed there.
TEST_F(backup_test, a_restore_that_was_killed_leaves_nothing_and_can_be_repeated) {
  ASSERT_NO_FATAL_FAILURE(start("a"));
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  const auto anna = index("a", "anna_1.jpg");
  expect_done({"backup", path("monday"), "--store", uri_});
  move_on();
  ASSERT_NO_FATAL_FAILURE(start("a")); // which makes the tables
  ASSERT_TRUE(node("a").stop());
  const std::vector<std::string> restore{"restore", path("monday"), "--key-file", key_file_.string(), "--store", uri_};
  expect_refusal({"restore", path("monday"), "--store", uri_}, "--key-file FILE", 2);
  expect_refusal({"restore", path("monday"), "--data-dir", path("x"), "--key-file", key_file_.string()}, "SQLite", 2);
  std::thread holder(
      [this] { EXPECT_ANY_THROW(server_.run(uri_, "LOCK TABLE faces IN SHARE MODE; SELECT pg_sleep(120)")); });
  const std::string waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'faces'::regclass AND granted = ";
  wait_for(waiting + "true", "1");
  {
    const auto killed = process::start({program("rollcall").string(), restore});
    ASSERT_TRUE(killed) << why(killed);
    wait_for(waiting + "false", "1");
    (*killed)->signal(SIGKILL);
    ASSERT_TRUE((*killed)->wait_for_exit(soon()));
  }
  server_.run(uri_, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(120)%' AND "
                    "pid <> pg_backend_pid()");
  holder.join();
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM collections"), "0");
  expect_done(restore);
  ASSERT_TRUE(node("a").restart());
  EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna});
}

TEST_F(backup_test, other_nodes_go_on_from_it) {
  for (const auto* name : {"a", "b", "c"})
    ASSERT_NO_FATAL_FAILURE(start(name));
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  const auto anna = index("a", "anna_1.jpg");
  const auto bella = index("b", "bella.jpg");
  expect_done({"backup", path("monday"), "--store", uri_});
  expect_done({"backup", "verify", path("monday")});
  answer("a", "DeleteFaces", {{"CollectionId", "c"}, {"FaceIds", boost::json::array{boost::json::string{anna}}}});
  expect_refusal({"restore", path("monday"), "--data-dir", path(""), "--store", uri_}, "the store is not empty");
  EXPECT_EQ(search("b", "bella.jpg"), std::vector{bella});

  move_on();
  node_options alone;
  alone.data_dir = path("alone");
  fs::create_directory(alone.data_dir);
  fs::permissions(alone.data_dir, fs::perms::owner_all);
  fs::copy_file(key_file_, alone.data_dir / "secrets.key");
  expect_done({"restore", path("monday"), "--data-dir", path("alone"), "--partitions", "2"});
  alone.settings = {"vision.workers=1"};
  auto started = rollcalld_process::start(std::move(alone));
  ASSERT_TRUE(started) << why(started);
  nodes_["alone"] = *std::move(started);
  EXPECT_EQ(search("alone", "anna_2.jpg"), std::vector{anna}); // she is back
  EXPECT_EQ(search("alone", "bella.jpg"), std::vector{bella});
  const auto cora = index("alone", "cora.jpg");
  expect_done({"backup", path("tuesday"), "--data-dir", path("alone")});

  move_on();
  ASSERT_NO_FATAL_FAILURE(start("a"));
  const std::vector<std::string> restore{"restore", path("tuesday"), "--data-dir", path(""), "--store",
                                         uri_,      "--partitions",  "8"};
  expect_refusal(restore, "the node a is at work on this store");
  const auto stopped = node("a").stop();
  ASSERT_TRUE(stopped) << why(stopped);
  expect_done(restore);
  ASSERT_TRUE(node("a").restart());
  ASSERT_NO_FATAL_FAILURE(start("b"));
  wait_until_replicated();
  for (const auto* at : {"a", "b"}) {
    EXPECT_EQ(search(at, "anna_2.jpg"), std::vector{anna}) << at;
    EXPECT_EQ(search(at, "cora.jpg"), std::vector{cora}) << at;
  }
}

} // namespace
} // namespace rollcall::test
