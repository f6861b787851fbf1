#include "net/zap_door.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <array>
#include <vector>
#include <zmq_addon.hpp>

namespace rollcall::net {

namespace {

constexpr std::size_t raw_key_bytes = 32;

std::string text_of(const zmq::message_t& raw_key) {
  std::array<char, 41> text{};
  ::zmq_z85_encode(text.data(), raw_key.data<std::uint8_t>(), raw_key_bytes);
  return text.data();
}

} // namespace

zap_door::zap_door(zmq::context_t& context) : socket_(context, zmq::socket_type::rep) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
}

bool zap_door::admits(const std::string& node) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& one) { return one.second == node; });
}

const std::string* zap_door::find(const zmq::message_t& raw_key) const {
  if (raw_key.size() != raw_key_bytes)
    return nullptr;
  const auto found = nodes_.find(text_of(raw_key));
  return found == nodes_.end() ? nullptr : &found->second;
}

// A request: version, id, domain, address, identity, mechanism, credentials (the client's key). A reply: version, id,
// status code, status text, user id, metadata.
void zap_door::serve() {
  std::vector<zmq::message_t> parts;
  while (zmq::recv_multipart(socket_, std::back_inserter(parts), zmq::recv_flags::dontwait)) {
    const auto is_curve = parts.size() == 7 && parts[5].to_string_view() == "CURVE";
    const auto* node = is_curve ? find(parts[6]) : nullptr;
    if (node == nullptr)
      core::log(core::log_level::warning, "net", "a peer with an unknown key was refused",
                {{"address", parts.size() > 3 ? parts[3].to_string() : ""},
                 {"key", is_curve && parts[6].size() == raw_key_bytes ? text_of(parts[6]) : "none"}});
    const std::string id = parts.size() > 1 ? parts[1].to_string() : "";
    const std::string user = node != nullptr ? *node : "";
    const std::array<std::string_view, 6> reply{
        "1.0", id, node != nullptr ? "200" : "400", node != nullptr ? "OK" : "unknown key", user, ""};
    std::array<zmq::const_buffer, 6> sent;
    std::transform(reply.begin(), reply.end(), sent.begin(),
                   [](std::string_view part) { return zmq::buffer(part.data(), part.size()); });
    zmq::send_multipart(socket_, sent, zmq::send_flags::dontwait);
    parts.clear();
  }
}

} // namespace rollcall::net
