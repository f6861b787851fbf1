// The sockets of the ZeroMQ plane, with real clients on loopback.
#include "front/realtime/realtime_sockets.hpp"

#include "tests/support/recorded_metrics.hpp"
#include "tests/support/zmq_client.hpp"

#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>

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
    auto opened = realtime_sockets::open({{"127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"}, server_, 65'536, event_queue},
                                         std::move(handlers), metrics_);
    ASSERT_TRUE(opened) << opened.failure().message;
    sockets_ = *std::move(opened);
    sockets_->start();
  }

  test::zmq_client client(zmq::socket_type type, const std::string& at, const net::curve_key_pair& as) const {
    return {type, at, {server_.public_key, as.public_key, as.secret_key}};
  }
  test::zmq_client subscriber(const std::string& topic) {
    auto made = client(zmq::socket_type::sub, sockets_->bound().events, keys_);
    made.socket().set(zmq::sockopt::subscribe, topic);
    return made;
  }
  void admit(std::map<std::string, std::string> keys) {
    const std::lock_guard lock(mutex_);
    known_ = std::make_shared<const std::map<std::string, std::string>>(std::move(keys));
  }
  /// Publishes until the subscriber, whose subscription takes its time to come, has the first.
  void publish_until_seen(test::zmq_client& by) {
    by.socket().set(zmq::sockopt::rcvtimeo, 50);
    for (const auto until = core::deadline::in(seconds{20}); !until.has_passed();) {
      sockets_->publish({{"collection/a/first", "1"}});
      if (!by.receive().empty())
        break;
    }
    while (!by.receive().empty()) {
    }
    by.socket().set(zmq::sockopt::rcvtimeo, 10'000);
  }
  /// Of two keys, both admitted and reached; the first is `keys_`.
  std::pair<test::zmq_client, test::zmq_client> two_subscribers() {
    const auto other = net::make_key_pair();
    admit({{keys_.public_key, "ann"}, {other.public_key, "bob"}});
    auto stays = subscriber("collection/");
    auto goes = client(zmq::socket_type::sub, sockets_->bound().events, other);
    goes.socket().set(zmq::sockopt::subscribe, "collection/");
    publish_until_seen(stays);
    publish_until_seen(goes);
    return {std::move(stays), std::move(goes)};
  }

  net::curve_key_pair server_ = net::make_key_pair();
  net::curve_key_pair keys_ = net::make_key_pair();
  std::mutex mutex_;
  std::condition_variable changed_;
  admitted_keys known_;
  std::vector<std::string> frames_;
  test::recorded_metrics metrics_;
  std::unique_ptr<realtime_sockets> sockets_;
};

TEST_F(realtime_sockets_test, answer_whoever_has_a_key_by_the_key) {
  auto asker = client(zmq::socket_type::req, sockets_->bound().queries, keys_);
  EXPECT_TRUE(asker.send({"header", "body"}));
  EXPECT_EQ(asker.receive(), (std::vector<std::string>{"re header", keys_.public_key}));
  auto dealer = client(zmq::socket_type::dealer, sockets_->bound().queries, keys_);
  for (const auto* header : {"1", "2", "3"})
    EXPECT_TRUE(dealer.send({header}));
  for (const auto* header : {"re 1", "re 2", "re 3"})
    EXPECT_EQ(dealer.receive().at(0), header);
}

TEST_F(realtime_sockets_test, let_no_stranger_in) {
  auto stranger = client(zmq::socket_type::req, sockets_->bound().queries, net::make_key_pair());
  stranger.socket().set(zmq::sockopt::rcvtimeo, 500);
  EXPECT_TRUE(stranger.send({"header"}));
  EXPECT_TRUE(stranger.receive().empty());
  test::zmq_client plain{zmq::socket_type::req, sockets_->bound().queries};
  plain.socket().set(zmq::sockopt::rcvtimeo, 500);
  EXPECT_TRUE(plain.send({"header"}));
  EXPECT_TRUE(plain.receive().empty());
}

TEST_F(realtime_sockets_test, let_a_stranger_in_who_gets_a_key_meanwhile) {
  const auto late = net::make_key_pair();
  auto asker = client(zmq::socket_type::req, sockets_->bound().queries, late);
  EXPECT_TRUE(asker.send({"header"}));
  asker.socket().set(zmq::sockopt::rcvtimeo, 300);
  EXPECT_TRUE(asker.receive().empty());
  admit({{keys_.public_key, "ann"}, {late.public_key, "late"}});
  asker.socket().set(zmq::sockopt::rcvtimeo, 20'000);
  EXPECT_EQ(asker.receive().at(0), "re header");
}

TEST_F(realtime_sockets_test, outlive_messages_of_any_shape) {
  auto dealer = client(zmq::socket_type::dealer, sockets_->bound().queries, keys_);
  EXPECT_TRUE(dealer.send({"a", "b", "c"}));
  EXPECT_TRUE(dealer.send({std::string(20'000, 'x')}));
  EXPECT_TRUE(dealer.send({"", "", ""}));
  EXPECT_EQ(dealer.receive().at(1), "re "); // as a REQ socket's, with an empty header
  EXPECT_TRUE(dealer.send({"well"}));
  EXPECT_EQ(dealer.receive().at(0), "re well");
  auto pusher = client(zmq::socket_type::push, sockets_->bound().frames, keys_);
  EXPECT_TRUE(pusher.send({"alone"}));
  EXPECT_TRUE(pusher.send({"a", "b", "c"}));
  EXPECT_TRUE(pusher.send({"frame", "picture"}));
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, seconds{10}, [&] { return !frames_.empty(); }));
  EXPECT_EQ(frames_, std::vector<std::string>{"frame"});
}

TEST_F(realtime_sockets_test, publish_what_may_be_subscribed_to) {
  auto rightful = subscriber("collection/a/");
  auto greedy = subscriber("camera/");
  publish_until_seen(rightful);
  sockets_->publish({{"camera/gate/Gap", "x"}, {"collection/a/gate/Gap", "y"}, {"collection/b/gate/Gap", "z"}});
  EXPECT_EQ(rightful.receive(), (std::vector<std::string>{"collection/a/gate/Gap", "y"}));
  greedy.socket().set(zmq::sockopt::rcvtimeo, 300);
  EXPECT_TRUE(greedy.receive().empty());
}

TEST_F(realtime_sockets_test, lose_nothing_for_others_when_one_never_reads) {
  sockets_.reset();
  start(10);
  auto lazy = client(zmq::socket_type::sub, sockets_->bound().events, keys_);
  lazy.socket().set(zmq::sockopt::rcvhwm, 1);
  lazy.socket().set(zmq::sockopt::subscribe, "collection/");
  auto diligent = subscriber("collection/");
  publish_until_seen(lazy);
  publish_until_seen(diligent);
  const std::string large(16'384, 'x');
  constexpr int events = 2'000; // more than the buffers of a connection on loopback hold
  for (int i = 0; i < events; ++i) {
    sockets_->publish({{"collection/a/" + std::to_string(i), large}});
    EXPECT_EQ(diligent.receive().at(0), "collection/a/" + std::to_string(i));
  }
  EXPECT_GT(metrics_.value("rollcall_zmq_events_dropped_total"), 0);
}

TEST_F(realtime_sockets_test, lose_nothing_for_others_when_a_key_is_revoked) {
  auto [stays, goes] = two_subscribers();
  stays.socket().set(zmq::sockopt::rcvtimeo, 200);
  while (!stays.receive().empty()) {
  }
  stays.socket().set(zmq::sockopt::rcvtimeo, 10'000);
  for (int i = 0; i < 300; ++i) {
    if (i == 100)
      admit({{keys_.public_key, "ann"}});
    sockets_->publish({{"collection/a/" + std::to_string(i), "x"}});
  }
  for (int i = 0; i < 300; ++i)
    ASSERT_EQ(stays.receive(), (std::vector<std::string>{"collection/a/" + std::to_string(i), "x"}));
  EXPECT_EQ(sockets_->unpublished(), 0U);
  EXPECT_EQ(metrics_.value("rollcall_zmq_events_dropped_total"), 0);
}

TEST_F(realtime_sockets_test, count_what_is_left_at_the_end) {
  const auto other = net::make_key_pair();
  admit({{keys_.public_key, "ann"}, {other.public_key, "bob"}});
  auto lonely = client(zmq::socket_type::sub, sockets_->bound().events, other);
  lonely.socket().set(zmq::sockopt::subscribe, "collection/");
  publish_until_seen(lonely);
  admit({});
  const auto until = core::deadline::in(seconds{20});
  for (std::size_t kept = 0; kept < 2 && !until.has_passed(); kept = sockets_->unpublished())
    sockets_->publish({{"collection/a/late", "x"}});
  const auto left = static_cast<double>(sockets_->unpublished());
  sockets_->stop();
  EXPECT_GE(metrics_.value("rollcall_zmq_events_dropped_total"), left);
}

TEST_F(realtime_sockets_test, cut_off_subscribers_whose_key_is_gone_and_take_the_others_back) {
  auto [stays, goes] = two_subscribers();
  admit({{keys_.public_key, "ann"}});
  // Whoever is back has been through the door again, and so has the one who is not.
  goes.socket().set(zmq::sockopt::rcvtimeo, 200);
  bool was_cut_off = false;
  for (const auto until = core::deadline::in(seconds{20}); !was_cut_off && !until.has_passed();) {
    publish_until_seen(stays);
    while (!goes.receive().empty()) {
    }
    sockets_->publish({{"collection/a/probe", "2"}});
    was_cut_off = stays.receive().size() == 2 && goes.receive().empty();
  }
  EXPECT_TRUE(was_cut_off);
}

} // namespace
} // namespace rollcall::front
