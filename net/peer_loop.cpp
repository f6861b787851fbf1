#include "net/peer_loop.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace rollcall::net {

namespace {

// Of one socket before the others have their turn.
constexpr int most_frames = 256;

// ZeroMQ connects again by itself, but gives up for good where the peer refused the key or broke the protocol.
constexpr std::chrono::milliseconds open_again{500};

// Sessions of one process after another must ascend: they begin with the time of the start.
std::uint64_t first_session() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

} // namespace

peer_loop::peer_loop(const peer_settings& settings, peer_handlers handlers, int wake_fd)
    : settings_(settings),
      handlers_(std::move(handlers)),
      context_(1),
      served_(settings.self, settings.links,
              {[this](const std::string& route, const frame& sent) { carry(router_, &route, sent); }, handlers_.serve,
               handlers_.ping}),
      sockets_(wake_fd) {
  sockets_.invalidate();
  if (settings_.keys)
    door_.emplace(context_);
  if (settings_.listen.empty())
    return;
  router_ = make_server_socket(context_, settings_);
  endpoint_ = router_.get(zmq::sockopt::last_endpoint).substr(std::string_view{"tcp://"}.size());
}

// -- what the owner asks for

void peer_loop::admit(std::map<std::string, std::string> nodes_by_key) {
  if (door_)
    door_->admit(std::move(nodes_by_key));
}

void peer_loop::connect(const peer_address& to) {
  if (const auto found = peers_.find(to.node); found != peers_.end()) {
    if (found->second->to == to)
      return;
    disconnect(to.node);
  }
  auto made = std::make_unique<outgoing>();
  made->to = to;
  auto* one = made.get();
  made->link.emplace(settings_.self, to.node, settings_.links, first_session(),
                     client_link::ports{[this, one](const frame& sent) { carry(one->socket.frames(), nullptr, sent); },
                                        [this, node = to.node](bool is_open) { handlers_.changed(node, is_open); }});
  open(*made);
  peers_.emplace(to.node, std::move(made));
}

void peer_loop::open(outgoing& made) {
  made.opened = now_;
  sockets_.invalidate();
  try {
    made.socket.open(context_, settings_, made.to, "inproc://monitor-" + std::to_string(++next_monitor_));
    made.socket.frames().connect("tcp://" + made.to.address);
  } catch (const zmq::error_t& failed) {
    core::log(core::log_level::failure, "net", "a peer's address can't be connected to",
              {{"node", made.to.node}, {"address", made.to.address}, {"error", failed.what()}});
  }
}

void peer_loop::disconnect(const std::string& node) {
  sockets_.invalidate();
  peers_.erase(node);
}

void peer_loop::ask(const std::string& node, std::string_view method, core::shared_bytes body, core::deadline until,
                    client_link::done then) {
  const auto found = peers_.find(node);
  if (found == peers_.end())
    return then(core::fail(core::error_code::unavailable, "The node " + node + " is not known here."));
  found->second->link->ask(method, std::move(body), until, std::move(then), now_);
}

void peer_loop::answer(const call_id& to, core::result<core::shared_bytes> outcome) {
  served_.answer(to, std::move(outcome), now_);
}

std::vector<peer_status> peer_loop::status() const {
  std::vector<peer_status> all;
  all.reserve(peers_.size());
  for (const auto& [node, one] : peers_)
    all.push_back({node, one->link->is_open(), one->link->outstanding(), one->link->refusal()});
  return all;
}

// -- the loop

std::chrono::milliseconds peer_loop::pause() const {
  const auto now = std::chrono::steady_clock::now();
  auto next = std::min(served_.due(), now + std::chrono::seconds{1});
  for (const auto& [node, one] : peers_)
    next = std::min(next, one->link->due());
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(next - now), std::chrono::milliseconds{0});
}

// In this order: the door, the router, then frames and events of each peer.
void peer_loop::list_sockets() {
  sockets_.clear();
  if (door_)
    sockets_.add(door_->socket(), [this] { door_->serve(); });
  if (router_)
    sockets_.add(router_, [this] { read_server(); });
  for (const auto& [node, one] : peers_) {
    if (!one->socket.events()) // its address was none
      continue;
    sockets_.add(one->socket.frames(), [this, of = one.get()] { read_client(*of); });
    sockets_.add(one->socket.events(), [this, of = one.get()] { read_monitor(*of); });
  }
}

void peer_loop::carry(zmq::socket_t& to, const std::string* route, const frame& sent) {
  send(to, route, sent);
  sockets_.touch(to.handle());
}

void peer_loop::poll() {
  if (!sockets_.is_valid())
    list_sockets();
  sockets_.wait(pause());
  now_ = std::chrono::steady_clock::now();
  sockets_.read();
  tick();
}

void peer_loop::tick() {
  if (now_ >= served_.due())
    served_.tick(now_);
  for (const auto& [node, one] : peers_) {
    if (now_ >= one->link->due())
      one->link->tick(now_);
    if (!one->link->is_open() && now_ - one->opened >= open_again)
      open(*one);
  }
}

// A connection's end is known here milliseconds after the peer's process ended.
void peer_loop::read_monitor(outgoing& of) {
  while (const auto event = of.socket.read_event()) {
    if (*event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
      of.link->connect(now_);
    else if (*event == ZMQ_EVENT_DISCONNECTED)
      of.link->lose(now_);
    else if (*event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || *event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
      core::log(core::log_level::warning, "net", "the peer refuses this node's key, or has another than is known here",
                {{"node", of.to.node}, {"address", of.to.address}});
  }
}

void peer_loop::read_client(outgoing& of) {
  for (int left = most_frames; left > 0; --left) {
    auto got = receive(of.socket.frames(), false);
    if (!got)
      return;
    of.link->receive(got->content, now_);
  }
}

void peer_loop::read_server() {
  for (int left = most_frames; left > 0; --left) {
    auto got = receive(router_, true);
    if (!got)
      return;
    const auto* node = door_ ? door_->find(got->key) : &got->key; // without keys: empty
    if (node != nullptr)
      served_.receive(got->route, *node, got->content, now_);
    else // whoever was admitted once and is no more has a connection, but is not heard
      served_.forget(got->route);
  }
}

} // namespace rollcall::net
