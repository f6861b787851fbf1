// The sockets of the ZeroMQ plane, with real clients on loopback.
#include "front/realtime/realtime_sockets.hpp"

#include "tests/support/recorded_metrics.hpp"

#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>
#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace rollcall::front {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class realtime_sockets_test : public ::testing::Test {
protected:
  void SetUp() override { start(1'000); }

  void start(std::size_t event_queue) {
    known_ = std::make_shared<const std::map<std::string, std::string>>(
        std::map<std::string, std::string>{{keys_.public_key, "ann"}});
    realtime_handlers handlers{
        [this](realtime_message query) { sockets_->reply(query, "re " + query.header, query.key); },
        [this](realtime_message frame) {
          const std::lock_guard lock(mutex_);
          frames_.push_back(frame.header);
          changed_.notify_all();
        },
        [](const std::string&, std::string_view topic) { return topic.starts_with("collection/"); },
        [this] {
          const std::lock_guard lock(mutex_);
          return known_;
        },
    };
    auto started = realtime_sockets::start(
        {{"127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"}, server_, 65'536, event_queue}, std::move(handlers), metrics_);
    ASSERT_TRUE(started) << started.failure().message;
    sockets_ = *std::move(started);
  }

  zmq::socket_t client(zmq::socket_type type, const std::string& at, const net::curve_key_pair& as) {
    zmq::socket_t made(context_, type);
    made.set(zmq::sockopt::linger, 0);
    made.set(zmq::sockopt::rcvtimeo, 10'000);
    made.set(zmq::sockopt::sndtimeo, 10'000);
    made.set(zmq::sockopt::curve_serverkey, server_.public_key);
    made.set(zmq::sockopt::curve_publickey, as.public_key);
    made.set(zmq::sockopt::curve_secretkey, as.secret_key);
    made.connect("tcp://" + at);
    return made;
  }
  zmq::socket_t subscriber(const std::string& topic) {
    auto made = client(zmq::socket_type::sub, sockets_->bound().events, keys_);
    made.set(zmq::sockopt::subscribe, topic);
    return made;
  }
  static std::vector<std::string> receive(zmq::socket_t& from) {
    std::vector<zmq::message_t> parts;
    std::vector<std::string> texts;
    if (zmq::recv_multipart(from, std::back_inserter(parts)))
      for (const auto& part : parts)
        texts.push_back(part.to_string());
    return texts;
  }
  static void send(zmq::socket_t& to, const std::vector<std::string>& parts) {
    std::vector<zmq::const_buffer> sent;
    for (const auto& part : parts)
      sent.push_back(zmq::buffer(part));
    ASSERT_TRUE(zmq::send_multipart(to, sent));
  }
  /// Publishes until the subscriber, whose subscription takes its time to come, has the first.
  void publish_until_seen(zmq::socket_t& by) {
    by.set(zmq::sockopt::rcvtimeo, 50);
    for (const auto until = core::deadline::in(seconds{20}); !until.has_passed();) {
      sockets_->publish({{"collection/a/first", "1"}});
      if (!receive(by).empty())
        break;
    }
    while (!receive(by).empty()) {
    }
    by.set(zmq::sockopt::rcvtimeo, 10'000);
  }

  net::curve_key_pair server_ = net::make_key_pair();
  net::curve_key_pair keys_ = net::make_key_pair();
  std::mutex mutex_;
  std::condition_variable changed_;
  admitted_keys known_;
  std::vector<std::string> frames_;
  test::recorded_metrics metrics_;
  zmq::context_t context_;
  std::unique_ptr<realtime_sockets> sockets_;
};

TEST_F(realtime_sockets_test, answer_whoever_has_a_key_by_the_key) {
  auto asker = client(zmq::socket_type::req, sockets_->bound().queries, keys_);
  send(asker, {"header", "body"});
  EXPECT_EQ(receive(asker), (std::vector<std::string>{"re header", keys_.public_key}));
  auto dealer = client(zmq::socket_type::dealer, sockets_->bound().queries, keys_);
  for (const auto* header : {"1", "2", "3"})
    send(dealer, {header});
  for (const auto* header : {"re 1", "re 2", "re 3"})
    EXPECT_EQ(receive(dealer).at(0), header);
}

TEST_F(realtime_sockets_test, let_no_stranger_in) {
  auto stranger = client(zmq::socket_type::req, sockets_->bound().queries, net::make_key_pair());
  stranger.set(zmq::sockopt::rcvtimeo, 500);
  send(stranger, {"header"});
  EXPECT_TRUE(receive(stranger).empty());
  zmq::socket_t plain(context_, zmq::socket_type::req);
  plain.set(zmq::sockopt::linger, 0);
  plain.set(zmq::sockopt::rcvtimeo, 500);
  plain.connect("tcp://" + sockets_->bound().queries);
  send(plain, {"header"});
  EXPECT_TRUE(receive(plain).empty());
}

TEST_F(realtime_sockets_test, let_a_stranger_in_who_gets_a_key_meanwhile) {
  const auto late = net::make_key_pair();
  auto asker = client(zmq::socket_type::req, sockets_->bound().queries, late);
  send(asker, {"header"});
  asker.set(zmq::sockopt::rcvtimeo, 300);
  EXPECT_TRUE(receive(asker).empty());
  {
    const std::lock_guard lock(mutex_);
    auto both = *known_;
    both[late.public_key] = "late";
    known_ = std::make_shared<const std::map<std::string, std::string>>(std::move(both));
  }
  asker.set(zmq::sockopt::rcvtimeo, 20'000);
  EXPECT_EQ(receive(asker).at(0), "re header");
}

TEST_F(realtime_sockets_test, outlive_messages_of_any_shape) {
  auto dealer = client(zmq::socket_type::dealer, sockets_->bound().queries, keys_);
  send(dealer, {"a", "b", "c"});
  send(dealer, {std::string(20'000, 'x')});
  send(dealer, {"", "", ""});
  EXPECT_EQ(receive(dealer).at(1), "re "); // as a REQ socket's, with an empty header
  send(dealer, {"well"});
  EXPECT_EQ(receive(dealer).at(0), "re well");
  auto pusher = client(zmq::socket_type::push, sockets_->bound().frames, keys_);
  send(pusher, {"alone"});
  send(pusher, {"a", "b", "c"});
  send(pusher, {"frame", "picture"});
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, seconds{10}, [&] { return !frames_.empty(); }));
  EXPECT_EQ(frames_, std::vector<std::string>{"frame"});
}

TEST_F(realtime_sockets_test, publish_what_may_be_subscribed_to) {
  auto rightful = subscriber("collection/a/");
  auto greedy = subscriber("camera/");
  publish_until_seen(rightful);
  sockets_->publish({{"camera/gate/Gap", "x"}, {"collection/a/gate/Gap", "y"}, {"collection/b/gate/Gap", "z"}});
  EXPECT_EQ(receive(rightful), (std::vector<std::string>{"collection/a/gate/Gap", "y"}));
  greedy.set(zmq::sockopt::rcvtimeo, 300);
  EXPECT_TRUE(receive(greedy).empty());
}

TEST_F(realtime_sockets_test, lose_nothing_for_others_when_one_never_reads) {
  sockets_.reset();
  start(10);
  auto lazy = client(zmq::socket_type::sub, sockets_->bound().events, keys_);
  lazy.set(zmq::sockopt::rcvhwm, 1);
  lazy.set(zmq::sockopt::subscribe, "collection/");
  auto diligent = subscriber("collection/");
  publish_until_seen(lazy);
  publish_until_seen(diligent);
  const std::string large(16'384, 'x');
  constexpr int events = 2'000; // more than the buffers of a connection on loopback hold
  for (int i = 0; i < events; ++i) {
    sockets_->publish({{"collection/a/" + std::to_string(i), large}});
    EXPECT_EQ(receive(diligent).at(0), "collection/a/" + std::to_string(i));
  }
  EXPECT_GT(metrics_.value("rollcall_zmq_events_dropped_total"), 0);
}

TEST_F(realtime_sockets_test, cut_off_subscribers_whose_key_is_gone_and_take_the_others_back) {
  const auto other = net::make_key_pair();
  {
    const std::lock_guard lock(mutex_);
    auto both = *known_;
    both[other.public_key] = "bob";
    known_ = std::make_shared<const std::map<std::string, std::string>>(std::move(both));
  }
  auto stays = subscriber("collection/");
  auto goes = client(zmq::socket_type::sub, sockets_->bound().events, other);
  goes.set(zmq::sockopt::subscribe, "collection/");
  publish_until_seen(stays);
  publish_until_seen(goes);
  {
    const std::lock_guard lock(mutex_);
    known_ = std::make_shared<const std::map<std::string, std::string>>(
        std::map<std::string, std::string>{{keys_.public_key, "ann"}});
  }
  // Whoever is back has been through the door again, and so has the one who is not.
  goes.set(zmq::sockopt::rcvtimeo, 200);
  bool was_cut_off = false;
  for (const auto until = core::deadline::in(seconds{20}); !was_cut_off && !until.has_passed();) {
    publish_until_seen(stays);
    while (!receive(goes).empty()) {
    }
    sockets_->publish({{"collection/a/probe", "2"}});
    was_cut_off = receive(stays).size() == 2 && receive(goes).empty();
  }
  EXPECT_TRUE(was_cut_off);
}

} // namespace
} // namespace rollcall::front
