// Peers that keep to no rule: nothing of theirs is served twice, held beyond its bounds, or in the way of others.
#include "tests/unit/net/links_fixture.hpp"

#include "net/envelopes.hpp"

namespace rollcall::net::testing {

namespace {

class rude_peers : public links {
protected:
  [[nodiscard]] pb::envelope greeting(std::uint64_t session) const {
    pb::envelope made;
    made.set_session(session);
    auto& said = *made.mutable_greeting();
    said.set_oldest_version(oldest_version);
    said.set_newest_version(newest_version);
    said.set_cluster(std::string(core::as_text(network_.cluster.value)));
    said.set_node("a");
    return made;
  }
  /// A frame as a peer that keeps to no rule sends it.
  void send_to_server(const pb::envelope& envelope, const core::shared_bytes& body = {}) {
    network_.server().receive("a#0", "", {envelope.SerializeAsString(), body, body ? *body : core::byte_view{}},
                              network_.now());
  }
};

TEST_F(rude_peers, versions_that_do_not_meet_are_refused) {
  pb::envelope sent;
  sent.set_session(1);
  sent.mutable_greeting()->set_oldest_version(newest_version + 1);
  sent.mutable_greeting()->set_newest_version(newest_version + 2);
  sent.mutable_greeting()->set_cluster(std::string(core::as_text(network_.cluster.value)));
  send_to_server(sent);
  EXPECT_EQ(network_.server().sessions(), 0U);
  sent.mutable_greeting()->set_oldest_version(newest_version);
  send_to_server(sent);
  EXPECT_EQ(network_.server().sessions(), 1U);
}

TEST_F(rude_peers, a_greeting_that_comes_twice_or_late_changes_nothing) {
  open();
  std::optional<call_id> kept;
  network_.serve = [&](const call_id& call, const peer_request&) { kept = call; };
  outcome got;
  ask(got);
  network_.run_for(milliseconds{1});
  for (const std::uint64_t session : {2, 1, 0})
    send_to_server(greeting(session));
  network_.server().answer(kept.value(), make_body(1), network_.now());
  network_.run_for(milliseconds{1});
  EXPECT_TRUE(got && *got);
}

TEST_F(rude_peers, whoever_has_a_session_may_greet_anew_where_there_is_no_room_for_others) {
  link_settings settings;
  settings.sessions = 1;
  simulated_network network(1, settings);
  network.add_client("a");
  network.run_for(milliseconds{1});
  network.client("a").lose(network.now());
  network.client("a").connect(network.now());
  network.run_for(milliseconds{1});
  EXPECT_TRUE(network.client("a").is_open());
  EXPECT_FALSE(network.client("a").refusal());
}

TEST_F(rude_peers, a_request_of_no_session_is_told_so) {
  open();
  outcome got;
  pb::envelope sent;
  sent.set_session(77);
  sent.set_ping(1);
  send_to_server(sent);
  EXPECT_EQ(network_.server().sessions(), 1U);
  sent.set_session(1); // late, of an earlier session: without effect
  send_to_server(sent);
  ask(got);
  network_.run_for(milliseconds{1});
  EXPECT_TRUE(got && *got);
}

TEST_F(rude_peers, whoever_sends_more_than_was_granted_is_refused) {
  open();
  int served = 0;
  network_.serve = [&](const call_id&, const peer_request&) { ++served; };
  pb::envelope sent;
  sent.set_session(2);
  auto& asked = *sent.mutable_asked();
  asked.set_left_ms(60'000);
  asked.set_total(std::uint64_t{1'500} * 1024 * 1024);
  asked.set_id(1);
  send_to_server(sent, make_body(chunk_bytes));
  EXPECT_EQ(network_.server().bytes(), 0U);
  asked.set_total(40 * chunk_bytes); // the first fits, a second beside it does not
  for (const std::uint64_t id : {2, 3}) {
    asked.set_id(id);
    send_to_server(sent, make_body(chunk_bytes));
  }
  EXPECT_EQ(network_.server().bytes(), 40 * chunk_bytes);
  asked.set_total(~std::uint64_t{0});
  asked.set_id(4);
  send_to_server(sent, make_body(chunk_bytes));
  asked.set_total(0);
  for (std::uint64_t id = 5; id < 2'000; ++id) {
    asked.set_id(id);
    send_to_server(sent);
  }
  EXPECT_EQ(network_.server().outstanding(), 1'024U);
  EXPECT_EQ(served, 1'023); // all but the one that is not whole
}

TEST_F(rude_peers, chunks_that_contradict_one_another_are_refused) {
  open();
  int served = 0;
  network_.serve = [&](const call_id&, const peer_request&) { ++served; };
  pb::envelope sent;
  sent.set_session(2);
  auto& asked = *sent.mutable_asked();
  asked.set_left_ms(60'000);
  struct chunk {
    std::uint64_t total, offset;
    std::size_t size;
  };
  std::uint64_t id = 0;
  for (const chunk& bad : {chunk{10, 0, 9},
                           {10, 1, 9},
                           {10, 0, 11},
                           {10, chunk_bytes, 0},
                           {10, ~std::uint64_t{0}, 10},
                           {chunk_bytes + 1, 0, 1},
                           {chunk_bytes, chunk_bytes, 0},
                           {0, chunk_bytes, 0}}) {
    asked.set_id(++id);
    asked.set_total(bad.total);
    asked.set_offset(bad.offset);
    send_to_server(sent, make_body(bad.size));
  }
  asked.set_id(++id);
  asked.set_total(2 * chunk_bytes);
  asked.set_offset(0);
  send_to_server(sent, make_body(chunk_bytes));
  asked.set_total(3 * chunk_bytes); // another total than before
  asked.set_offset(chunk_bytes);
  send_to_server(sent, make_body(chunk_bytes));
  EXPECT_EQ(served, 0);
  EXPECT_EQ(network_.server().outstanding(), 0U);
  EXPECT_EQ(network_.server().bytes(), 0U);
}

TEST_F(rude_peers, a_doubled_request_is_served_once) {
  open();
  int served = 0;
  network_.serve = [&](const call_id& call, const peer_request&) {
    ++served;
    network_.server().answer(call, make_body(0), network_.now());
  };
  pb::envelope sent;
  sent.set_session(2);
  sent.mutable_asked()->set_left_ms(1'000);
  for (const std::uint64_t id : {1, 1, 3, 3, 2, 2, 1, 3}) {
    sent.mutable_asked()->set_id(id);
    send_to_server(sent);
  }
  EXPECT_EQ(served, 3);
}

// Ids that never come leave holes: the old ones are given up, so that what is remembered stays bounded.
TEST_F(rude_peers, ids_left_out_long_ago_are_not_served_any_more) {
  open();
  std::vector<std::uint64_t> served;
  network_.serve = [&](const call_id& call, const peer_request&) {
    served.push_back(call.id);
    network_.server().answer(call, make_body(0), network_.now());
  };
  pb::envelope sent;
  sent.set_session(2);
  sent.mutable_asked()->set_left_ms(1'000);
  constexpr std::uint64_t last = 20'000; // of each second id: more than four grants
  for (std::uint64_t id = 2; id <= last; id += 2) {
    sent.mutable_asked()->set_id(id);
    send_to_server(sent);
  }
  served.clear();
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{1'001}, last - 1}) {
    sent.mutable_asked()->set_id(id);
    send_to_server(sent);
  }
  EXPECT_EQ(served, std::vector<std::uint64_t>{last - 1});
}

TEST_F(rude_peers, garbage_is_left_unread) {
  open();
  for (std::size_t size = 0; size < 200; ++size) {
    const auto body = make_body(size, 200);
    const frame garbage{std::string(core::as_text(*body)), body, *body};
    network_.server().receive("a#0", "", garbage, network_.now());
    network_.client("a").receive(garbage, network_.now());
  }
  outcome got;
  ask(got);
  network_.run_for(milliseconds{1});
  EXPECT_TRUE(got && *got);
}

TEST_F(rude_peers, a_reply_longer_than_is_taken_is_refused) {
  open();
  network_.serve = [](const call_id&, const peer_request&) {};
  outcome got;
  ask(got);
  pb::envelope sent;
  sent.set_session(2);
  sent.mutable_answered()->set_id(1);
  sent.mutable_answered()->set_total(link_settings{}.reply_bytes + 1);
  const auto body = make_body(chunk_bytes);
  network_.client("a").receive({sent.SerializeAsString(), body, *body}, network_.now());
  EXPECT_EQ(code(got), error_code::corrupt);
}

} // namespace

} // namespace rollcall::net::testing
