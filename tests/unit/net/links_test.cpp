// Both sides of a link, one rule at a time, in simulated time.
#include "tests/unit/net/links_fixture.hpp"

#include "net/envelopes.hpp"

namespace rollcall::net::testing {

namespace {

TEST_F(links, carry_a_request_and_its_reply) {
  open();
  std::string method;
  network_.serve = [&](const call_id& call, const peer_request& request) {
    EXPECT_EQ(request.peer, "a");
    method = request.method;
    EXPECT_EQ(request.until.at(), network_.now() + milliseconds{500});
    network_.server().answer(call, make_body(7, 9), network_.now());
  };
  outcome got;
  ask(got);
  EXPECT_FALSE(got); // never before the frames have travelled
  network_.run_for(milliseconds{1});
  EXPECT_EQ(*got.value().operator*(), *make_body(7, 9));
  EXPECT_EQ(method, "echo");
  EXPECT_EQ(network_.client("a").outstanding(), 0U);
  EXPECT_EQ(network_.server().outstanding(), 0U);
}

TEST_F(links, carry_bodies_of_any_size) {
  open();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, chunk_bytes - 1, chunk_bytes, chunk_bytes + 1,
                                 3 * chunk_bytes, 5 * chunk_bytes + 17}) {
    outcome got;
    ask(got, size);
    network_.run_for(milliseconds{1});
    ASSERT_TRUE(got && *got) << size;
    EXPECT_EQ(***got, *make_body(size)) << size;
  }
  EXPECT_EQ(network_.server().bytes(), 0U);
}

TEST_F(links, an_error_of_the_peer_arrives_with_code_and_message_but_not_its_context) {
  open();
  network_.serve = [&](const call_id& call, const peer_request&) {
    network_.server().answer(call, core::fail(error_code::model_mismatch, "Another model.", "secret"), network_.now());
  };
  outcome got;
  ask(got);
  network_.run_for(milliseconds{1});
  EXPECT_EQ(code(got), error_code::model_mismatch);
  EXPECT_EQ(got->failure().message, "Another model.");
  EXPECT_EQ(got->failure().context, "");
}

TEST_F(links, without_a_session_a_request_ends_at_once) {
  network_.add_client("a");
  outcome got;
  ask(got);
  EXPECT_EQ(code(got), error_code::unavailable);
}

TEST_F(links, a_request_ends_at_its_deadline) {
  open();
  network_.serve = [](const call_id&, const peer_request&) {};
  outcome got;
  ask(got);
  network_.run_for(milliseconds{499});
  EXPECT_FALSE(got);
  EXPECT_EQ(network_.server().outstanding(), 1U);
  network_.run_for(milliseconds{1});
  EXPECT_EQ(code(got), error_code::deadline_exceeded);
  network_.run_for(milliseconds{200});
  EXPECT_EQ(network_.server().outstanding(), 0U); // it counts for nothing there, too
  outcome late;
  ask(late, 3, milliseconds{0});
  EXPECT_EQ(code(late), error_code::deadline_exceeded);
}

TEST_F(links, an_answer_after_the_deadline_is_not_sent) {
  open();
  std::optional<call_id> kept;
  network_.serve = [&](const call_id& call, const peer_request&) { kept = call; };
  outcome got;
  ask(got, 3, milliseconds{50});
  network_.run_for(milliseconds{60});
  network_.server().answer(*kept, make_body(1), network_.now());
  network_.run_for(milliseconds{10});
  EXPECT_EQ(code(got), error_code::deadline_exceeded);
}

TEST_F(links, a_broken_connection_ends_what_is_under_way_at_once) {
  open();
  network_.serve = [](const call_id&, const peer_request&) {};
  outcome got;
  ask(got);
  network_.run_for(milliseconds{1});
  network_.client("a").lose(network_.now());
  EXPECT_EQ(code(got), error_code::unavailable);
  EXPECT_FALSE(network_.client("a").is_open());
  network_.run_for(milliseconds{300});
  EXPECT_TRUE(network_.client("a").is_open()); // greeted again by itself
  EXPECT_EQ(network_.opened("a"), 2);
}

TEST_F(links, a_silent_network_is_noticed_within_its_limit) {
  open();
  network_.serve = [](const call_id&, const peer_request&) {};
  network_.run_for(milliseconds{3'000}); // pings keep it open
  ASSERT_EQ(network_.opened("a"), 1);
  network_.cut("a");
  outcome got;
  ask(got, 3, milliseconds{60'000});
  network_.run_for(milliseconds{700});
  EXPECT_FALSE(got);
  network_.run_for(milliseconds{300});
  EXPECT_EQ(code(got), error_code::unavailable);
  network_.heal("a");
  network_.run_for(milliseconds{2'100});
  EXPECT_TRUE(network_.client("a").is_open());
}

TEST_F(links, a_body_that_takes_its_time_is_no_silence) {
  open();
  network_.chunk_time = milliseconds{200};
  outcome got;
  ask(got, 20 * chunk_bytes, milliseconds{60'000});
  network_.run_for(milliseconds{3'900});
  EXPECT_FALSE(got);
  network_.run_for(milliseconds{200});
  ASSERT_TRUE(got && *got) << (got ? got->failure().message : "it is under way");
  EXPECT_EQ((*got)->get()->size(), 20 * chunk_bytes);
  EXPECT_EQ(network_.opened("a"), 1);
}

TEST_F(links, a_way_that_is_cut_in_the_middle_of_a_body_is_noticed) {
  open();
  network_.chunk_time = milliseconds{200};
  outcome got;
  ask(got, 20 * chunk_bytes, milliseconds{60'000});
  network_.run_for(milliseconds{2'000});
  ASSERT_FALSE(got);
  network_.cut("a");
  network_.run_for(milliseconds{1'000});
  EXPECT_EQ(code(got), error_code::unavailable);
}

TEST_F(links, nothing_under_way_is_no_reason_to_talk_much) {
  open();
  network_.serve = [](const call_id&, const peer_request&) {};
  network_.run_for(milliseconds{10'000});
  EXPECT_LE(network_.pings, 11);
  outcome got;
  ask(got, 3, milliseconds{2'000});
  network_.run_for(milliseconds{2'000});
  EXPECT_GE(network_.pings, 18); // while it was under way
  EXPECT_EQ(code(got), error_code::deadline_exceeded);
  EXPECT_EQ(network_.opened("a"), 1);
}

TEST_F(links, a_network_that_fell_silent_unnoticed_fails_what_is_asked_next_within_the_same_limit) {
  open();
  network_.run_for(milliseconds{1'900}); // the last word was at 1,000
  network_.cut("a");
  outcome got;
  ask(got, 3, milliseconds{60'000});
  network_.run_for(milliseconds{900});
  EXPECT_FALSE(got); // it had been silent for long before, which says nothing
  network_.run_for(milliseconds{100});
  EXPECT_EQ(code(got), error_code::unavailable);
  network_.heal("a");
  open();
  network_.cut("a");
  network_.run_for(milliseconds{3'000}); // without a question, too
  EXPECT_FALSE(network_.client("a").is_open());
}

TEST_F(links, a_peer_whose_worker_hangs_is_noticed_though_its_frames_come) {
  open();
  network_.serve = [](const call_id&, const peer_request&) {};
  network_.hangs = true;
  outcome hung;
  ask(hung, 3, milliseconds{60'000});
  for (int i = 0; i < 28; ++i) {
    network_.run_for(milliseconds{100});
    // Something of the session, so that it is not silent.
    pb::envelope envelope;
    envelope.set_session(2);
    envelope.mutable_answered()->set_id(999);
    network_.client("a").receive({envelope.SerializeAsString(), {}, {}}, network_.now());
    EXPECT_FALSE(hung);
  }
  network_.run_for(milliseconds{300});
  EXPECT_EQ(code(hung), error_code::unavailable);
}

TEST_F(links, a_restarted_peer_is_greeted_again) {
  open();
  network_.serve = [](const call_id&, const peer_request&) {};
  outcome got;
  ask(got, 3, milliseconds{60'000});
  network_.run_for(milliseconds{1});
  network_.start_server();
  network_.run_for(milliseconds{600});
  EXPECT_EQ(code(got), error_code::unavailable);
  EXPECT_TRUE(network_.client("a").is_open());
  EXPECT_EQ(network_.client("a").generation(), network_.server_generation());
}

TEST_F(links, no_more_is_sent_than_was_granted) {
  link_settings settings;
  settings.requests = 3;
  settings.bytes = 1'000;
  simulated_network network(1, settings);
  auto& link = network.add_client("a");
  network.run_for(milliseconds{1});
  int served = 0;
  network.serve = [&](const call_id&, const peer_request&) { ++served; };
  std::vector<outcome> got(5);
  for (auto& each : got)
    link.ask("x", make_body(30), network.in(milliseconds{100}), into(each), network.now());
  EXPECT_EQ(code(got[3]), error_code::overloaded);
  EXPECT_EQ(code(got[4]), error_code::overloaded);
  network.run_for(milliseconds{1});
  EXPECT_EQ(served, 3);
  network.run_for(milliseconds{400}); // the deadlines give the credit back, on both sides
  outcome large;
  link.ask("x", make_body(1'001), network.in(milliseconds{100}), into(large), network.now());
  EXPECT_EQ(code(large), error_code::overloaded);
  outcome fits;
  network.serve = [&](const call_id& call, const peer_request&) {
    network.server().answer(call, make_body(0), network.now());
  };
  link.ask("x", make_body(1'000), network.in(milliseconds{100}), into(fits), network.now());
  network.run_for(milliseconds{1});
  EXPECT_TRUE(fits && *fits);
}

TEST_F(links, what_a_lost_session_had_under_way_counts_no_more) {
  link_settings settings;
  settings.bytes = 100;
  simulated_network network(1, settings);
  auto& link = network.add_client("a");
  network.run_for(milliseconds{1});
  network.serve = [](const call_id&, const peer_request&) {};
  outcome lost;
  link.ask("x", make_body(100), network.in(milliseconds{60'000}), into(lost), network.now());
  network.reconnect("a");
  network.run_for(milliseconds{1});
  outcome got;
  network.serve = [&](const call_id& call, const peer_request&) {
    network.server().answer(call, make_body(0), network.now());
  };
  link.ask("x", make_body(100), network.in(milliseconds{100}), into(got), network.now());
  network.run_for(milliseconds{1});
  EXPECT_TRUE(got && *got);
}

TEST_F(links, an_answer_to_an_earlier_session_is_no_answer_to_this_one) {
  open();
  std::vector<call_id> calls;
  network_.serve = [&](const call_id& call, const peer_request&) { calls.push_back(call); };
  outcome before;
  ask(before);
  network_.run_for(milliseconds{1});
  network_.client("a").lose(network_.now()); // and greets again on the same route
  network_.client("a").connect(network_.now());
  network_.run_for(milliseconds{1});
  outcome after;
  ask(after);
  network_.run_for(milliseconds{1});
  ASSERT_EQ(calls.size(), 2U);
  network_.server().answer(calls[0], make_body(5, 1), network_.now());
  network_.run_for(milliseconds{1});
  EXPECT_FALSE(after);
  network_.server().answer(calls[1], make_body(5, 2), network_.now());
  network_.run_for(milliseconds{1});
  ASSERT_TRUE(after && *after);
  EXPECT_EQ(***after, *make_body(5, 2));
}

// -- who may have a session

TEST_F(links, a_node_of_another_cluster_is_refused) {
  network_.add_client("a");
  network_.start_server();
  network_.cluster = {{9}};
  network_.add_client("b");
  network_.run_for(milliseconds{10});
  EXPECT_TRUE(network_.client("a").is_open());
  EXPECT_FALSE(network_.client("b").is_open());
  ASSERT_TRUE(network_.client("b").refusal());
  EXPECT_EQ(network_.client("b").refusal()->code, error_code::invalid_config);
}

TEST_F(links, another_node_at_the_address_is_no_session) {
  network_.add_client("a", "someone_else");
  network_.run_for(milliseconds{10});
  EXPECT_FALSE(network_.client("a").is_open());
  ASSERT_TRUE(network_.client("a").refusal());
  EXPECT_NE(network_.client("a").refusal()->message.find("answers the node server"), std::string::npos);
}

TEST_F(links, a_key_serves_the_node_alone_that_it_was_made_for) {
  network_.authenticated = "b";
  network_.add_client("a");
  network_.add_client("b");
  network_.run_for(milliseconds{10});
  EXPECT_EQ(network_.client("a").refusal()->code, error_code::access_denied);
  EXPECT_TRUE(network_.client("b").is_open());
}

TEST_F(links, sessions_are_bounded_and_silent_ones_forgotten) {
  link_settings settings;
  settings.sessions = 2;
  simulated_network network(1, settings);
  for (const std::string name : {"a", "b", "c"}) {
    network.add_client(name);
    network.run_for(milliseconds{1});
  }
  EXPECT_EQ(network.server().sessions(), 2U);
  EXPECT_EQ(network.client("c").refusal()->code, error_code::overloaded);
  network.cut("a");
  network.run_for(milliseconds{13'000});
  EXPECT_TRUE(network.client("c").is_open());
  EXPECT_FALSE(network.client("c").refusal());
  EXPECT_EQ(network.server().sessions(), 2U);
}

TEST_F(links, what_is_under_way_ends_with_the_link) {
  outcome got;
  {
    simulated_network network;
    network.add_client("a");
    network.run_for(milliseconds{1});
    network.serve = [](const call_id&, const peer_request&) {};
    network.client("a").ask("x", make_body(1), network.in(milliseconds{100}), into(got), network.now());
  }
  EXPECT_EQ(code(got), error_code::unavailable);
}

} // namespace

} // namespace rollcall::net::testing
