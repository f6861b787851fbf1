/// Several real nodes on one PostgreSQL: what one takes every other finds, also while nodes die, hang and return.
#include "tests/e2e/cluster_fixture.hpp"

#include "core/uuid.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <random>

namespace rollcall::test {
namespace {

class cluster_test : public cluster_fixture {
protected:
  void SetUp() override {
    cluster_fixture::SetUp();
    if (IsSkipped())
      return;
    for (const auto* name : {"a", "b", "c"})
      start(name);
  }
};

TEST_F(cluster_test, what_one_node_takes_every_node_finds_and_forgets) {
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  EXPECT_TRUE(search("b", "anna_2.jpg").empty()); // at once: it is there, and empty
  const auto anna = index("a", "anna_1.jpg");
  const auto bella = index("b", "bella.jpg");
  for (const auto* at : {"a", "b", "c"}) {
    EXPECT_EQ(search(at, "anna_2.jpg"), std::vector{anna}) << at;
    EXPECT_EQ(search(at, "bella.jpg"), std::vector{bella}) << at;
  }
  wait_until_replicated();
  const auto cora = index("c", "cora.jpg");
  for (const auto* at : {"a", "b", "c"})
    EXPECT_EQ(search(at, "cora.jpg"), std::vector{cora}) << at;
  answer("b", "DeleteFaces", {{"CollectionId", "c"}, {"FaceIds", boost::json::array{boost::json::string{anna}}}});
  for (const auto* at : {"a", "b", "c"})
    EXPECT_TRUE(search(at, "anna_2.jpg").empty()) << at;
}

TEST_F(cluster_test, an_operator_sees_the_nodes_and_empties_one_before_it_is_stopped) {
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  const auto anna = index("a", "anna_1.jpg");
  wait_until_replicated();
  const auto seen = rollcall("b", {"cluster", "status"});
  EXPECT_EQ(seen.exit, (exit_state{0, 0})) << seen.err;
  EXPECT_NE(seen.out.find("8 partitions, 2 replicas of each wanted, none missing"), std::string::npos) << seen.out;
  EXPECT_EQ(rollcall("b", {"nodes", "drain", "a"}).exit, (exit_state{0, 0}));
  wait_for("SELECT count(*) FROM placements WHERE node = 'a'", "0");
  const auto drained = boost::json::parse(rollcall("b", {"cluster", "status", "--json"}).out).as_object();
  const auto& first = drained.at("nodes").at(0).as_object();
  EXPECT_EQ(first.at("name").as_string(), "a");
  EXPECT_EQ(first.at("state").as_string(), "draining");
  EXPECT_EQ(first.at("ready"), 0);
  EXPECT_EQ(drained.at("replicas_missing"), 0);
  EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna}); // it still takes requests
  EXPECT_EQ(rollcall("b", {"nodes", "undrain", "a"}).exit, (exit_state{0, 0}));
  wait_for("SELECT count(*) > 0 FROM placements WHERE node = 'a' AND state = 1", "t");
  const auto unknown = rollcall("b", {"nodes", "drain", "nobody"});
  EXPECT_NE(unknown.exit, (exit_state{0, 0}));
  EXPECT_NE(unknown.err.find("There is no node nobody"), std::string::npos) << unknown.err;
}

TEST_F(cluster_test, a_listing_goes_on_at_another_node) {
  for (const auto* id : {"c", "d"})
    answer("a", "CreateCollection", {{"CollectionId", id}});
  const auto first = answer("a", "ListCollections", {{"MaxResults", 1}});
  const auto second = answer("b", "ListCollections", {{"MaxResults", 1}, {"NextToken", first.at("NextToken")}});
  EXPECT_EQ(second.at("CollectionIds").at(0).as_string(), "d");
}

TEST_F(cluster_test, a_node_that_is_killed_fails_no_search_elsewhere) {
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  const auto anna = index("a", "anna_1.jpg");
  wait_until_replicated();
  std::atomic<bool> is_over = false;
  std::atomic<int> searches = 0;
  std::thread searching([&] {
    while (!is_over) {
      EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna});
      ++searches;
    }
  });
  wait_for_searches(searches, 10);
  node("c").crash();
  wait_for_searches(searches, 10);
  const auto bella = index("b", "bella.jpg"); // as soon as the dead node's lease has run out
  EXPECT_EQ(search("b", "bella.jpg"), std::vector{bella});
  wait_for("SELECT count(*) FROM nodes WHERE state = 2", "1");
  wait_for("SELECT count(*) FROM placements WHERE node = 'c'", "0");
  wait_until_replicated(); // on the other two
  wait_for_searches(searches, 10);
  const auto returned = node("c").restart();
  ASSERT_TRUE(returned) << why(returned);
  wait_for("SELECT count(*) > 0 FROM placements WHERE node = 'c' AND state = 1", "t");
  wait_until_replicated();
  EXPECT_EQ(search("c", "bella.jpg"), std::vector{bella});
  wait_for_searches(searches, 10);
  is_over = true;
  searching.join();
}

class snapshot_test : public cluster_test {
protected:
  /// Three people, on every disk that holds their partitions; the node that holds the first one's.
  void enrol() {
    answer("a", "CreateCollection", {{"CollectionId", "c"}});
    wait_until_replicated();
    anna_ = index("a", "anna_1.jpg");
    bella_ = index("b", "bella.jpg");
    wait_for("SELECT (SELECT count(*) FROM placements p JOIN partitions h USING (collection, part) WHERE h.head > 0) = "
             "(SELECT count(DISTINCT (collection, part, node)) FROM snapshots)",
             "t");
    holder_ = server_.query(uri_, "SELECT p.node FROM placements p JOIN embeddings e USING (collection, part) WHERE "
                                  "e.id = decode(replace('"
                                      + anna_ + "', '-', ''), 'hex') ORDER BY p.node DESC LIMIT 1");
    ASSERT_TRUE(nodes_.contains(holder_)) << holder_;
    other_ = holder_ == "a" ? "b" : "a";
  }
  void restart() {
    const auto returned = node(holder_).restart();
    ASSERT_TRUE(returned) << why(returned);
    for (const auto until = soon(); !until.has_passed() && search(holder_, "bella.jpg") != std::vector{bella_};)
      ;
  }
  [[nodiscard]] std::string log() { return node(holder_).child().output(stream::err); }
  [[nodiscard]] std::vector<std::filesystem::path> files() {
    std::vector<std::filesystem::path> found;
    std::error_code gone;
    for (const auto& one : std::filesystem::directory_iterator(node(holder_).data_dir() / "snapshots", gone))
      found.push_back(one.path());
    return found;
  }
  /// Whether the bytes of the face's id are in any file.
  [[nodiscard]] bool is_on_disk(const std::string& face) {
    const auto id = core::parse_uuid(face);
    EXPECT_TRUE(id);
    const auto found = files();
    return std::any_of(found.begin(), found.end(), [&](const auto& file) {
      const auto bytes = bytes_of(file);
      return std::search(bytes.begin(), bytes.end(), id->value.begin(), id->value.end()) != bytes.end();
    });
  }

  std::string anna_;
  std::string bella_;
  std::string holder_;
  std::string other_;
};

TEST_F(snapshot_test, a_node_starts_from_its_disk_or_from_another_node) {
  enrol();
  node(holder_).crash();
  restart();
  EXPECT_NE(log().find("loaded from a snapshot from=this node"), std::string::npos) << log();
  EXPECT_EQ(search(holder_, "anna_2.jpg"), std::vector{anna_});
  node(holder_).crash();
  std::filesystem::remove_all(node(holder_).data_dir() / "snapshots");
  restart();
  EXPECT_EQ(log().find("from=this node"), std::string::npos) << log();
  EXPECT_NE(log().find("loaded from a snapshot"), std::string::npos) << log();
  EXPECT_EQ(search(holder_, "anna_2.jpg"), std::vector{anna_});
}

TEST_F(snapshot_test, a_damaged_file_costs_a_node_nothing_but_time) {
  enrol();
  std::mt19937_64 draw{7};
  for (int run = 0; run < 3; ++run) {
    node(holder_).crash();
    std::map<std::filesystem::path, core::bytes> damaged;
    for (const auto& one : files()) {
      std::fstream file(one, std::ios::in | std::ios::out | std::ios::binary);
      const auto bytes = bytes_of(one);
      auto at = static_cast<std::streamoff>(draw() % bytes.size());
      while (bytes[static_cast<std::size_t>(at)] == 0) // it may lie between two parts, and say nothing
        at = static_cast<std::streamoff>(draw() % bytes.size());
      const auto was = static_cast<char>(bytes[static_cast<std::size_t>(at)]);
      file.seekp(at);
      file.put(static_cast<char>(was ^ 0x10));
      file.close();
      damaged[one] = bytes_of(one);
    }
    ASSERT_FALSE(damaged.empty());
    restart();
    EXPECT_NE(log().find("a snapshot can't be used"), std::string::npos) << log();
    EXPECT_EQ(search(holder_, "anna_2.jpg"), std::vector{anna_});
    const auto is_renewed = [&] {
      return std::all_of(damaged.begin(), damaged.end(), [](const auto& one) {
        return std::filesystem::exists(one.first) && bytes_of(one.first) != one.second;
      });
    };
    ASSERT_TRUE(comes_true(is_renewed));
  }
}

TEST_F(snapshot_test, what_is_deleted_leaves_the_disks_also_while_a_node_is_down) {
  enrol();
  EXPECT_TRUE(is_on_disk(anna_));
  node(holder_).crash();
  answer(other_, "DeleteFaces", {{"CollectionId", "c"}, {"FaceIds", boost::json::array{boost::json::string{anna_}}}});
  EXPECT_TRUE(is_on_disk(anna_)); // the node is down
  restart();
  EXPECT_TRUE(search(holder_, "anna_2.jpg").empty());
  EXPECT_TRUE(comes_true([this] { return !is_on_disk(anna_); }));
  answer(other_, "DeleteCollection", {{"CollectionId", "c"}});
  EXPECT_TRUE(comes_true([this] { return files().empty(); }));
}

} // namespace
} // namespace rollcall::test
