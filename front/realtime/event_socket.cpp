#include "front/realtime/event_socket.hpp"

#include "core/log.hpp"
#include "front/realtime/zmq_parts.hpp"
#include "net/zap_door.hpp"

#include <algorithm>

namespace rollcall::front {

namespace {

namespace opt = zmq::sockopt;

constexpr std::size_t max_topic_bytes = 1024;
constexpr std::size_t most_subscriptions = 100'000;
constexpr int most_at_once = 128;
constexpr std::chrono::milliseconds farewell{500};
constexpr std::chrono::milliseconds way_back{1'500}; // the farewell, a client's pause before it connects, a handshake

} // namespace

event_socket::event_socket(const realtime_settings& settings, permission may_subscribe, core::metric_registry& metrics)
    : settings_(settings),
      may_subscribe_(std::move(may_subscribe)),
      dropped_(metrics.make_counter("rollcall_zmq_events_dropped_total",
                                    "Events that at least one subscriber was too slow for, or that were left at the "
                                    "end, and did not get there",
                                    {})),
      refused_(metrics.make_counter("rollcall_zmq_subscriptions_refused_total",
                                    "Subscriptions to topics that the key may not see", {})) {}

std::string event_socket::open(zmq::context_t& context, const std::string& address) {
  auto made = make_unbound(context, settings_.keys,
                           {zmq::socket_type::xpub, address, max_topic_bytes, static_cast<int>(settings_.event_queue)});
  made.set(opt::xpub_manual, true);
  made.set(opt::xpub_nodrop, true); // so that a drop is known
  auto at = bind(made, address);
  socket_ = std::move(made);
  subscriptions_ = 0;
  return at;
}

void event_socket::close() {
  awaited_ = subscriptions_;
  settles_at_ = std::chrono::steady_clock::now() + way_back;
  socket_.set(opt::linger, static_cast<int>(farewell.count()));
  socket_.close();
}

bool event_socket::is_settled() const {
  return socket_ && (subscriptions_ >= awaited_ || std::chrono::steady_clock::now() >= settles_at_);
}

// Of the one who sent the last message; it fails where that one has gone meanwhile.
void event_socket::change_subscription(int how, const std::string& topic) {
  static_cast<void>(::zmq_setsockopt(socket_.handle(), how, topic.data(), topic.size()));
}

// Each message: 1 or 0, and the topic.
bool event_socket::serve() {
  bool is_granted = false;
  for (int left = most_at_once; left > 0; --left) {
    std::array<zmq::message_t, 1> parts;
    if (!receive(socket_, parts))
      break;
    const auto text = parts[0].to_string();
    if (text.empty())
      continue;
    const auto topic = text.substr(1);
    const auto key = net::user_of(parts[0]);
    if (text.front() == '\0') {
      subscriptions_ -= std::min<std::size_t>(subscriptions_, 1);
      change_subscription(ZMQ_UNSUBSCRIBE, topic);
    } else if (text.front() == '\1' && subscriptions_ < most_subscriptions && may_subscribe_(key, topic)) {
      ++subscriptions_;
      change_subscription(ZMQ_SUBSCRIBE, topic);
      is_granted = true;
    } else {
      refused_.add();
      if (told_.admits(topic + key, std::chrono::steady_clock::now()))
        core::log(core::log_level::warning, "front",
                  "a subscription was refused: the key may not see the events of this topic; one that is limited to "
                  "collections subscribes to collection/ID/",
                  {{"topic", topic}, {"key", key}, {"more", std::to_string(told_.take_untold())}});
    }
  }
  return is_granted;
}

void event_socket::publish(const publication& one) {
  constexpr auto more = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
  if (socket_.send(zmq::buffer(one.topic), more)) {
    static_cast<void>(socket_.send(zmq::buffer(one.body), zmq::send_flags::dontwait));
    return;
  }
  dropped_.add();
  if (told_.admits("slow", std::chrono::steady_clock::now()))
    core::log(core::log_level::warning, "front", "a subscriber takes events slower than they come, and misses some",
              {{"topic", one.topic}});
  socket_.set(opt::xpub_nodrop, false);
  static_cast<void>(socket_.send(zmq::buffer(one.topic), more));
  static_cast<void>(socket_.send(zmq::buffer(one.body), zmq::send_flags::dontwait));
  socket_.set(opt::xpub_nodrop, true);
}

} // namespace rollcall::front
