// Peers that can have no session: both ends say why in their logs, over real ZeroMQ sockets, and do not fill them.
#include "core/log.hpp"
#include "net/envelopes.hpp"
#include "net/zap_door.hpp"
#include "net/zmq_peers.hpp"
#include "net/zmq_sockets.hpp"
#include "tests/unit/net/simulated_network.hpp"

#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <string>
#include <vector>
#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace rollcall::net {

namespace {

using std::chrono::milliseconds;
constexpr milliseconds patience{10'000};

class refusals : public ::testing::Test {
protected:
  // Before any thread of a peer starts, and after the last has ended.
  void SetUp() override {
    core::install_log_sink([this](core::log_level, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
      logged_.notify_all();
    });
  }
  void TearDown() override {
    core::install_log_sink([](core::log_level, std::string_view) {});
  }

  [[nodiscard]] static std::unique_ptr<zmq_peers> start(const std::string& name, std::uint8_t cluster) {
    peer_settings settings;
    settings.self = {core::uuid{{cluster}}, name, 1};
    settings.listen = "127.0.0.1:0";
    auto started = zmq_peers::start(std::move(settings), {[](const call_id&, const peer_request&) {},
                                                          [](const call_id&) {}, [](const std::string&, bool) {}});
    EXPECT_TRUE(started) << (started ? "" : started.failure().message);
    return started ? *std::move(started) : nullptr;
  }
  [[nodiscard]] std::size_t count(const std::string& words) const {
    std::size_t found = 0;
    for (const auto& line : lines_)
      found += line.find(words) != std::string::npos ? 1 : 0;
    return found;
  }
  [[nodiscard]] bool wait_for(const std::string& words) {
    std::unique_lock lock(mutex_);
    return logged_.wait_for(lock, patience, [&] { return count(words) > 0; });
  }

  std::mutex mutex_;
  std::condition_variable logged_;
  std::vector<std::string> lines_;
};

TEST_F(refusals, of_many_strangers_are_told_a_few_times_a_minute) {
  zmq::context_t context;
  zap_door door(context);
  zmq::socket_t asking(context, zmq::socket_type::req);
  asking.connect("inproc://zeromq.zap.01");
  for (std::uint8_t turn = 0; turn < 60; ++turn) {
    const std::string key(32, static_cast<char>(turn / 2)); // each comes twice
    const std::array<std::string, 7> request{"1.0", "id", "domain", "10.0.0.1", "", "CURVE", key};
    std::vector<zmq::const_buffer> parts;
    for (const auto& part : request)
      parts.push_back(zmq::buffer(part));
    ASSERT_TRUE(zmq::send_multipart(asking, parts));
    std::vector<zmq::message_t> reply;
    for (const auto until = core::deadline::in(patience); reply.empty() && !until.has_passed();) {
      door.serve();
      static_cast<void>(zmq::recv_multipart(asking, std::back_inserter(reply), zmq::recv_flags::dontwait));
    }
    ASSERT_EQ(reply.size(), 6U);
    EXPECT_EQ(reply[2].to_string_view(), "400");
  }
  EXPECT_EQ(count("a peer with an unknown key was refused"), 20U);
  EXPECT_EQ(count("more=1"), 19U); // the second time of the one before
}

TEST_F(refusals, of_another_cluster_are_told_at_both_ends) {
  const auto a = start("a", 1);
  const auto b = start("b", 2);
  ASSERT_TRUE(a && b);
  a->connect({"b", b->address(), ""});
  EXPECT_TRUE(wait_for("a peer was refused node=a error=The node b belongs to another cluster: give both the same"));
  EXPECT_TRUE(
      wait_for("no session with a peer node=b error=The node b belongs to another cluster: give both the same"));
}

TEST_F(refusals, of_another_node_at_the_address_are_told) {
  const auto a = start("a", 1);
  const auto b = start("b", 1);
  ASSERT_TRUE(a && b);
  a->connect({"c", b->address(), ""});
  EXPECT_TRUE(wait_for("no session with a peer node=c error=At the address of the node c answers the node b"));
}

TEST_F(refusals, of_an_old_protocol_are_told_at_both_ends) {
  const auto b = start("b", 1);
  ASSERT_TRUE(b);
  zmq::context_t context;
  zmq::socket_t old(context, zmq::socket_type::dealer);
  old.set(zmq::sockopt::linger, 0);
  old.connect("tcp://" + b->address());
  pb::envelope envelope;
  envelope.set_session(1);
  envelope.mutable_greeting()->set_cluster(std::string(core::as_text(core::uuid{{1}}.value)));
  envelope.mutable_greeting()->set_node("old" + std::string(1'000, 'x'));
  send(old, nullptr, {envelope.SerializeAsString(), {}, {}}); // of version 0
  zmq::pollitem_t item{old.handle(), 0, ZMQ_POLLIN, 0};
  ASSERT_EQ(zmq::poll(&item, 1, patience), 1);
  const auto heard = receive(old, false);
  ASSERT_TRUE(heard);
  ASSERT_TRUE(envelope.ParseFromString(heard->content.envelope));
  const auto why = error_of(envelope.refused());
  EXPECT_EQ(why.code, core::error_code::unsupported);
  EXPECT_NE(why.message.find("upgrade the older one"), std::string::npos);
  EXPECT_LT(why.message.size(), 300U);
  EXPECT_TRUE(wait_for("of the peer protocol, the node oldxx"));
}

// In simulated time: a peer greets for an hour, and many say many names.
TEST_F(refusals, do_not_fill_the_log) {
  testing::simulated_network network;
  network.start_server();
  network.cluster = {{9}};
  network.add_client("a");
  network.run_for(std::chrono::hours{1});
  EXPECT_EQ(count("no session with a peer node=server"), 1U);
  EXPECT_GE(count("a peer was refused node=a"), 30U); // a minute apart
  EXPECT_LE(count("a peer was refused node=a"), 61U);
  const auto before = lines_.size();
  for (int i = 0; i < 1'000; ++i) {
    pb::envelope envelope;
    envelope.set_session(1);
    envelope.mutable_greeting()->set_node(std::to_string(i));
    network.server().receive("x", "", {envelope.SerializeAsString(), {}, {}}, network.now());
  }
  EXPECT_LE(lines_.size() - before, 16U);
}

} // namespace

} // namespace rollcall::net
