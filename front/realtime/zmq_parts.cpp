#include "front/realtime/zmq_parts.hpp"

#include <string_view>

namespace rollcall::front {

zmq::socket_t make_unbound(zmq::context_t& context, const net::curve_key_pair& keys, const wanted_socket& wanted) {
  namespace opt = zmq::sockopt;
  zmq::socket_t made(context, wanted.type);
  made.set(opt::linger, 0);
  made.set(opt::ipv6, wanted.address.starts_with('['));
  made.set(opt::maxmsgsize, static_cast<std::int64_t>(wanted.max_message_bytes));
  made.set(opt::sndhwm, wanted.waiting);
  made.set(opt::rcvhwm, wanted.waiting);
  made.set(opt::handshake_ivl, 5'000);
  made.set(opt::heartbeat_ivl, 5'000);
  made.set(opt::heartbeat_timeout, 15'000);
  made.set(opt::heartbeat_ttl, 15'000);
  made.set(opt::curve_server, true);
  made.set(opt::curve_publickey, keys.public_key);
  made.set(opt::curve_secretkey, keys.secret_key);
  made.set(opt::zap_domain, "realtime");
  return made;
}

std::string bind(zmq::socket_t& socket, std::string address) {
  if (address.ends_with(":0"))
    address.replace(address.size() - 1, 1, "*");
  socket.bind("tcp://" + address);
  return socket.get(zmq::sockopt::last_endpoint).substr(std::string_view{"tcp://"}.size());
}

core::shared_bytes bytes_of(const zmq::message_t& part) {
  const auto* begin = part.data<std::uint8_t>();
  return std::make_shared<const core::bytes>(begin, begin + part.size());
}

} // namespace rollcall::front
