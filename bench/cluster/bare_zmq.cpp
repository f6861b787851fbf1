#include "bench/cluster/bare_zmq.hpp"

#include <cstring>
#include <map>
#include <zmq.hpp>

namespace rollcall::bench {

namespace {

using steady = std::chrono::steady_clock;

void serve_bare(int pipe, std::size_t reply_bytes, bool has_keys) {
  zmq::context_t context(1);
  zmq::socket_t router(context, zmq::socket_type::router);
  net::peer_address where{"bare", {}, "-"};
  if (has_keys) {
    const auto keys = net::make_key_pair();
    router.set(zmq::sockopt::curve_server, true);
    router.set(zmq::sockopt::curve_secretkey, keys.secret_key);
    where.public_key = keys.public_key;
  }
  router.bind("tcp://127.0.0.1:*");
  where.address = router.get(zmq::sockopt::last_endpoint);
  forked::tell(pipe, where);
  const std::string reply(reply_bytes, 'x');
  while (true) {
    zmq::message_t route;
    zmq::message_t id;
    zmq::message_t body;
    if (!router.recv(route) || !router.recv(id) || !router.recv(body))
      continue;
    router.send(route, zmq::send_flags::sndmore);
    router.send(id, zmq::send_flags::sndmore);
    router.send(zmq::buffer(reply));
  }
}

} // namespace

std::vector<forked> fork_bare(std::uint32_t count, std::size_t reply_bytes, bool has_keys) {
  std::vector<forked> all;
  all.reserve(count);
  for (std::uint32_t index = 0; index < count; ++index)
    all.emplace_back([&](int pipe) { serve_bare(pipe, reply_bytes, has_keys); }).await();
  return all;
}

struct bare_scatter::sockets {
  struct scatter {
    steady::time_point started;
    std::size_t missing;
  };

  zmq::context_t context{1};
  std::vector<zmq::socket_t> dealers;
  std::string request;
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, scatter> running;

  void connect(const net::peer_address& to) {
    auto& dealer = dealers.emplace_back(context, zmq::socket_type::dealer);
    dealer.set(zmq::sockopt::linger, 0);
    if (to.public_key != "-") {
      const auto keys = net::make_key_pair();
      dealer.set(zmq::sockopt::curve_serverkey, to.public_key);
      dealer.set(zmq::sockopt::curve_publickey, keys.public_key);
      dealer.set(zmq::sockopt::curve_secretkey, keys.secret_key);
    }
    dealer.connect(to.address);
  }

  void send() {
    running.emplace(++last_id, scatter{steady::now(), dealers.size()});
    for (auto& dealer : dealers) {
      dealer.send(zmq::buffer(&last_id, sizeof last_id), zmq::send_flags::sndmore);
      dealer.send(zmq::buffer(request));
    }
  }

  // What has come from that one; `ended` hears of each scatter that was answered by all, in ms.
  template <class Ended>
  void receive(zmq::socket_t& dealer, const Ended& ended) {
    zmq::message_t id;
    while (dealer.recv(id, zmq::recv_flags::dontwait)) {
      zmq::message_t body;
      static_cast<void>(dealer.recv(body));
      std::uint64_t number = 0;
      std::memcpy(&number, id.data(), sizeof number);
      const auto found = running.find(number);
      if (--found->second.missing != 0)
        continue;
      const auto took = milliseconds_since(found->second.started);
      running.erase(found);
      ended(took);
    }
  }
};

bare_scatter::bare_scatter(const std::vector<forked>& to, std::size_t request_bytes)
    : sockets_(std::make_unique<sockets>()) {
  sockets_->request.assign(request_bytes, 'x');
  for (const auto& one : to)
    sockets_->connect(one.where());
}

bare_scatter::~bare_scatter() = default;

load_done bare_scatter::run(int outstanding, double seconds) {
  load_done done;
  std::vector<zmq::pollitem_t> items;
  for (auto& dealer : sockets_->dealers)
    items.push_back({dealer.handle(), 0, ZMQ_POLLIN, 0});
  const auto begin = steady::now();
  for (; outstanding > 0; --outstanding)
    sockets_->send();
  while (!sockets_->running.empty()) {
    zmq::poll(items, std::chrono::milliseconds{1'000});
    for (auto& dealer : sockets_->dealers)
      sockets_->receive(dealer, [&](double ms) {
        done.ms.push_back(ms);
        if (milliseconds_since(begin) < seconds * 1'000)
          sockets_->send();
      });
  }
  done.seconds = milliseconds_since(begin) / 1'000;
  return done;
}

} // namespace rollcall::bench
