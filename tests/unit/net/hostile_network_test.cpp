// Random requests over a network that loses, doubles, delays, reorders and cuts, seed after seed: every request ends
// once and in time, with the reply that belongs to it, was served at most once, and nothing stays behind.
#include "tests/unit/net/simulated_network.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace rollcall::net::testing {

namespace {

constexpr int clients = 3;
constexpr milliseconds patience{800};

class history {
public:
  explicit history(std::uint64_t seed) : network_(seed, limits()) {
    network_.serve = [this](const call_id& call, const peer_request& request) { serve(call, request); };
    for (int i = 0; i < clients; ++i)
      network_.add_client(name_of(i));
  }

  void run() {
    network_.with = {0.03, 0.03, milliseconds{60}};
    for (int step = 0; step < 150; ++step) {
      act();
      network_.run_for(milliseconds{pick(0, 120)});
      ASSERT_LE(network_.server().bytes(), clients * 2 * limits().bytes);
    }
    heal();
  }

private:
  static link_settings limits() {
    link_settings made;
    made.requests = 8;
    made.bytes = 4 * chunk_bytes;
    return made;
  }
  static std::string name_of(int client) { return "client" + std::to_string(client); }
  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(network_.random());
  }

  void act() {
    const auto client = name_of(static_cast<int>(pick(0, clients - 1)));
    switch (pick(0, 40)) {
      case 0:
        return network_.cut(client);
      case 1:
        return network_.reconnect(client);
      case 2:
        return network_.start_server();
      case 3:
        network_.hangs = !network_.hangs;
        return;
      case 4:
      case 5:
        return network_.heal(client);
      default:
        for (auto count = pick(0, 4); count > 0; --count)
          ask(client);
    }
  }

  // The body says which request it is, so that the reply can be held against it.
  void ask(const std::string& client) {
    const auto number = asked_++;
    const auto size = pick(0, 30) == 0 ? pick(8, 3 * std::int64_t{chunk_bytes}) : pick(8, 100);
    core::bytes body = *make_body(static_cast<std::size_t>(size), static_cast<std::uint8_t>(number));
    std::memcpy(body.data(), &number, sizeof number);
    const auto until = network_.in(patience);
    network_.client(client).ask(
        "double", std::make_shared<const core::bytes>(body), until,
        [this, number, body, until](const core::result<core::shared_bytes>& got) {
          EXPECT_LE(network_.now(), until.at());
          EXPECT_TRUE(ended_.insert(number).second) << "request " << number << " ended twice";
          if (!got)
            return;
          ++succeeded_;
          EXPECT_EQ(**got, doubled(body)) << "request " << number;
        },
        network_.now());
  }
  static core::bytes doubled(core::bytes body) {
    const auto once = body;
    body.insert(body.end(), once.begin(), once.end());
    return body;
  }
  void serve(const call_id& call, const peer_request& request) {
    std::uint64_t number = 0;
    ASSERT_GE(request.body->size(), sizeof number);
    std::memcpy(&number, request.body->data(), sizeof number);
    EXPECT_TRUE(served_.insert(number).second) << "request " << number << " was served twice";
    EXPECT_EQ(request.method, "double");
    if (pick(0, 20) == 0)
      return; // never answered
    network_.at(milliseconds{pick(0, 300)}, [this, call, body = request.body] {
      network_.server().answer(call, std::make_shared<const core::bytes>(doubled(*body)), network_.now());
    });
  }

  void heal() {
    network_.with = {};
    network_.hangs = false;
    for (int i = 0; i < clients; ++i)
      network_.heal(name_of(i));
    network_.run_for(milliseconds{15'000});
    EXPECT_EQ(ended_.size(), asked_);
    EXPECT_EQ(network_.server().outstanding(), 0U);
    EXPECT_EQ(network_.server().bytes(), 0U);
    network_.serve = [this](const call_id& call, const peer_request& request) {
      network_.server().answer(call, request.body, network_.now());
    };
    for (int i = 0; i < clients; ++i) {
      EXPECT_TRUE(network_.client(name_of(i)).is_open());
      EXPECT_EQ(network_.client(name_of(i)).outstanding(), 0U);
      bool is_answered = false;
      network_.client(name_of(i))
          .ask(
              "x", make_body(9), network_.in(milliseconds{10}),
              [&](const core::result<core::shared_bytes>& got) { is_answered = got.has_value(); }, network_.now());
      network_.run_for(milliseconds{11});
      EXPECT_TRUE(is_answered);
    }
    EXPECT_GT(succeeded_, asked_ / 10);
  }

  simulated_network network_;
  std::uint64_t asked_ = 0;
  std::uint64_t succeeded_ = 0;
  std::set<std::uint64_t> ended_;
  std::set<std::uint64_t> served_;
};

TEST(hostile_network, every_request_ends_once_in_time_with_its_own_reply) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    history(seed).run();
    if (::testing::Test::HasFailure())
      return;
  }
}

} // namespace

} // namespace rollcall::net::testing
