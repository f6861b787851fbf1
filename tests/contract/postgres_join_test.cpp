// Tokens that let a node in, on a real PostgreSQL whose clock the test sets.
#include "tests/contract/membership_fixture.hpp"

#include <atomic>
#include <map>
#include <thread>

namespace rollcall::store::testing {

namespace {

class postgres_join : public postgres_membership {
protected:
  static core::sha256_digest hash_of(std::string_view token) { return core::sha256(core::as_bytes(token)); }
  void make_token(const std::string& token, const std::string& node = "", milliseconds lifetime = 1h) {
    ASSERT_SUCCESS(members_->add_join_token({hash_of(token), node, "root", lifetime}));
  }
  bool has_joined(const std::string& node, const std::string& key) {
    return server_.query(uri_,
                         "SELECT count(*) FROM node_keys WHERE node = '" + node + "' AND public_key = '" + key + "'")
           == "1";
  }
  void expect_refusal(const core::status& done, core::error_code code, const std::string& words) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.failure().code, code) << done.failure().message;
    EXPECT_NE(done.failure().message.find(words), std::string::npos) << done.failure().message;
  }
  void expect_no_entry(const core::status& done, const std::string& words) {
    expect_refusal(done, core::error_code::access_denied, words);
    expect_refusal(done, core::error_code::access_denied, "rollcall cluster token"); // the way out
  }
};

TEST_F(postgres_join, a_token_lets_one_node_in_once) {
  make_token("t");
  EXPECT_FALSE(has_joined("a", "key of a"));
  ASSERT_SUCCESS(members_->join(hash_of("t"), "a", "key of a"));
  EXPECT_TRUE(has_joined("a", "key of a"));
  EXPECT_FALSE(has_joined("b", "key of a"));
  EXPECT_FALSE(has_joined("a", "key of b"));
  expect_no_entry(members_->join(hash_of("t"), "b", "key of b"), "used already, for the node a");
  expect_no_entry(members_->join(hash_of("t"), "a", "key of a"), "used already");
  EXPECT_FALSE(has_joined("b", "key of b"));
}

TEST_F(postgres_join, of_many_who_use_a_token_at_once_one_succeeds) {
  constexpr int attempts = 8;
  for (int round = 0; round < 5; ++round) {
    const auto token = "t" + std::to_string(round);
    make_token(token);
    std::atomic<int> admitted = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> all;
    for (int i = 0; i < attempts; ++i)
      all.emplace_back([&, name = "n" + std::to_string(round * attempts + i)] {
        const auto done = open()->join(hash_of(token), name, "key of " + name);
        admitted += done ? 1 : 0;
        refused += !done && done.failure().code == core::error_code::access_denied ? 1 : 0;
      });
    for (auto& one : all)
      one.join();
    EXPECT_EQ(admitted, 1);
    EXPECT_EQ(refused, attempts - 1);
  }
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM node_keys"), "5");
}

TEST_F(postgres_join, tokens_end_with_their_time) {
  make_token("t", "", 1'000ms);
  advance(1'000ms);
  expect_no_entry(members_->join(hash_of("t"), "a", "key of a"), "expired");
  make_token("u", "", 1'000ms);
  advance(999ms);
  ASSERT_SUCCESS(members_->join(hash_of("u"), "a", "key of a"));
  advance(8 * 24h);
  make_token("v"); // and those that are long over go
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM join_tokens"), "1");
  expect_no_entry(members_->join(hash_of("t"), "a", "key of a"), "not made this token");
}

TEST_F(postgres_join, a_token_for_one_name_lets_no_other_in) {
  make_token("t", "a");
  expect_no_entry(members_->join(hash_of("t"), "b", "key of b"), "for the node a, not for b");
  ASSERT_SUCCESS(members_->join(hash_of("t"), "a", "key of a")); // it was not used up
}

TEST_F(postgres_join, what_is_no_name_or_anothers_key_uses_no_token_up) {
  expect_refusal(members_->add_join_token({hash_of("t"), "a b", "root", 1h}), core::error_code::invalid_argument,
                 "name");
  make_token("t");
  expect_refusal(members_->join(hash_of("t"), "a b", "key"), core::error_code::invalid_argument, "name");
  ASSERT_SUCCESS(members_->join(hash_of("t"), "a", "key of a"));
  make_token("u");
  expect_refusal(members_->join(hash_of("u"), "b", "key of a"), core::error_code::conflict, "The node a has this key");
  ASSERT_SUCCESS(members_->join(hash_of("u"), "b", "key of b"));
}

TEST_F(postgres_join, another_key_of_a_name_shuts_the_earlier_one_out) {
  join("a");
  EXPECT_FALSE(find("a").has_joined); // whoever may write to the store may register, joined or not
  make_token("t");
  ASSERT_SUCCESS(members_->join(hash_of("t"), "a", "key of a"));
  EXPECT_TRUE(find("a").has_joined);
  make_token("u");
  const auto before = *members_->map_version();
  ASSERT_SUCCESS(members_->join(hash_of("u"), "a", "another key"));
  EXPECT_FALSE(find("a").has_joined); // the running one
  EXPECT_FALSE(has_joined("a", "key of a"));
  EXPECT_GT(*members_->map_version(), before); // and all nodes look
}

TEST_F(postgres_join, a_removed_node_must_join_again) {
  make_token("t");
  ASSERT_SUCCESS(members_->join(hash_of("t"), "a", "key of a"));
  join("a");
  ASSERT_SUCCESS(members_->drain("a", true));
  ASSERT_SUCCESS(members_->leave("a", 1));
  ASSERT_SUCCESS(members_->remove_node("a", {find("a").lease, span, true}));
  EXPECT_FALSE(has_joined("a", "key of a"));
}

TEST_F(postgres_join, only_nodes_that_joined_may_enter_but_for_the_first_of_all) {
  std::map<std::string, std::unique_ptr<membership>> nodes;
  for (const auto* name : {"a", "b", "c", "d"})
    nodes[name] = open();
  for (int round = 0; round < 10; ++round) {
    server_.run(uri_, "DELETE FROM node_keys");
    std::atomic<int> entered = 0;
    std::vector<std::thread> all;
    for (const auto& [name, store] : nodes)
      all.emplace_back([&, name = name, members = store.get()] {
        const auto may = members->may_enter(name, "key of " + name);
        EXPECT_TRUE(may) << why(may);
        entered += may && *may ? 1 : 0;
      });
    for (auto& one : all)
      one.join();
    EXPECT_EQ(entered, 1);
  }
  EXPECT_FALSE(*members_->may_enter("e", "key of e"));
  make_token("t");
  ASSERT_SUCCESS(members_->join(hash_of("t"), "e", "key of e"));
  EXPECT_TRUE(*members_->may_enter("e", "key of e"));
  EXPECT_FALSE(*members_->may_enter("e", "another key"));
  EXPECT_FALSE(*members_->may_enter("f", "key of e"));
}

TEST_F(postgres_join, the_nodes_of_a_cluster_that_had_no_tokens_must_join) {
  join("a");
  EXPECT_FALSE(*members_->may_enter("a", "key of a"));
}

TEST_F(postgres_join, the_store_does_not_get_the_token) {
  make_token("t", "a");
  EXPECT_EQ(server_.query(uri_, "SELECT encode(hash, 'hex') || node || made_by FROM join_tokens"),
            core::to_hex(hash_of("t")) + "aroot");
}

} // namespace

} // namespace rollcall::store::testing
