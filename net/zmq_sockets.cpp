#include "net/zmq_sockets.hpp"

#include "net/zap_door.hpp"

#include <cstring>

namespace rollcall::net {

namespace {

constexpr std::size_t worth_sharing = std::size_t{16} * 1024; // below, copying is cheaper

// Frames held for a peer that reads no more, and of one that sends faster than it is read.
constexpr int send_queue = 4'096;
constexpr int receive_queue = 128;
constexpr std::size_t room_for_cipher = 4'096; // of CURVE, and for an envelope beside the largest chunk

void set_common(zmq::socket_t& socket, const std::string& address) {
  namespace opt = zmq::sockopt;
  socket.set(opt::linger, 0);
  socket.set(opt::ipv6, address.starts_with('['));
  socket.set(opt::sndhwm, send_queue);
  socket.set(opt::rcvhwm, receive_queue);
  socket.set(opt::maxmsgsize, static_cast<std::int64_t>(chunk_bytes + room_for_cipher));
  socket.set(opt::handshake_ivl, 5'000);
  socket.set(opt::heartbeat_ivl, 2'000);
  socket.set(opt::heartbeat_timeout, 6'000);
  socket.set(opt::heartbeat_ttl, 6'000);
}

// Called by ZeroMQ's thread when it has sent the body.
void let_go_of_body(void* /*data*/, void* owner) {
  delete static_cast<core::shared_bytes*>(owner);
}

zmq::message_t body_of(const frame& sent) {
  if (sent.body.size() < worth_sharing)
    return zmq::message_t(sent.body.data(), sent.body.size());
  return {const_cast<std::uint8_t*>(sent.body.data()), sent.body.size(), let_go_of_body,
          new core::shared_bytes(sent.owner)};
}

zmq::socket_t make_client_socket(zmq::context_t& context, const peer_settings& settings, const peer_address& to) {
  zmq::socket_t made(context, zmq::socket_type::dealer);
  set_common(made, to.address);
  made.set(zmq::sockopt::immediate, true); // nothing is kept for a peer that is not there
  made.set(zmq::sockopt::reconnect_ivl, 100);
  made.set(zmq::sockopt::reconnect_ivl_max, 2'000);
  made.set(zmq::sockopt::connect_timeout, 2'000);
  if (settings.keys) {
    made.set(zmq::sockopt::curve_serverkey, to.public_key);
    made.set(zmq::sockopt::curve_publickey, settings.keys->public_key);
    made.set(zmq::sockopt::curve_secretkey, settings.keys->secret_key);
  }
  return made;
}

} // namespace

zmq::socket_t make_server_socket(zmq::context_t& context, const peer_settings& settings) {
  zmq::socket_t made(context, zmq::socket_type::router);
  set_common(made, settings.listen);
  if (settings.keys) {
    made.set(zmq::sockopt::curve_server, true);
    made.set(zmq::sockopt::curve_publickey, settings.keys->public_key);
    made.set(zmq::sockopt::curve_secretkey, settings.keys->secret_key);
    made.set(zmq::sockopt::zap_domain, "peers");
  }
  auto address = settings.listen;
  if (address.ends_with(":0"))
    address.replace(address.size() - 1, 1, "*");
  made.bind("tcp://" + address);
  return made;
}

void client_socket::open(zmq::context_t& context, const peer_settings& settings, const peer_address& to,
                         const std::string& monitor) {
  close();
  frames_ = make_client_socket(context, settings, to);
  const auto wanted = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
                      | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
  if (::zmq_socket_monitor(frames_.handle(), monitor.c_str(), wanted) != 0)
    throw zmq::error_t();
  events_ = zmq::socket_t(context, zmq::socket_type::pair);
  events_.set(zmq::sockopt::linger, 0);
  events_.connect(monitor);
}

// A closed socket ends later, in ZeroMQ's thread, which would wait for ever to tell of it where nobody listens any
// more, and serve no other socket meanwhile: so it is to tell nothing from here on.
void client_socket::close() {
  if (frames_)
    ::zmq_socket_monitor(frames_.handle(), nullptr, 0);
  events_.close();
  frames_.close();
}

std::optional<int> client_socket::read_event() {
  zmq::message_t part;
  if (!events_ || !events_.recv(part, zmq::recv_flags::dontwait))
    return std::nullopt;
  std::uint16_t event = 0;
  if (part.size() >= sizeof event)
    std::memcpy(&event, part.data(), sizeof event);
  while (part.more())
    if (!events_.recv(part))
      break;
  return event;
}

std::optional<received_frame> receive(zmq::socket_t& from, bool has_route) {
  if (!from)
    return std::nullopt;
  const auto most_parts = has_route ? 3U : 2U;
  while (true) {
    zmq::message_t parts[3];
    std::size_t count = 0;
    bool has_more = true;
    bool is_shaped = true;
    for (; has_more; ++count) {
      zmq::message_t part;
      // The parts after the first have come when the first has.
      if (!from.recv(part, count == 0 ? zmq::recv_flags::dontwait : zmq::recv_flags::none))
        return std::nullopt;
      has_more = part.more();
      is_shaped = is_shaped && count < most_parts;
      if (is_shaped)
        parts[count] = std::move(part);
    }
    const std::size_t envelope = has_route ? 1 : 0;
    if (!is_shaped || count <= envelope)
      continue;
    received_frame got;
    if (has_route) {
      got.route = parts[0].to_string();
      got.key = user_of(parts[envelope]);
    }
    got.content.envelope = parts[envelope].to_string();
    if (count > envelope + 1) {
      const auto& body = parts[envelope + 1];
      got.content.owner =
          std::make_shared<const core::bytes>(body.data<std::uint8_t>(), body.data<std::uint8_t>() + body.size());
      got.content.body = *got.content.owner;
    }
    return got;
  }
}

void send(zmq::socket_t& to, const std::string* route, const frame& sent) {
  if (!to)
    return;
  try {
    constexpr auto more = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
    if (route != nullptr && !to.send(zmq::buffer(*route), more))
      return;
    const auto has_body = !sent.body.empty();
    if (!to.send(zmq::buffer(sent.envelope), has_body ? more : zmq::send_flags::dontwait))
      return;
    if (has_body)
      static_cast<void>(to.send(body_of(sent), zmq::send_flags::dontwait));
  } catch (const zmq::error_t&) {
    return; // nobody there, which its link will notice
  }
}

} // namespace rollcall::net
