#include "net/zap_door.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <array>
#include <vector>
#include <zmq_addon.hpp>

namespace rollcall::net {

namespace {

constexpr std::size_t raw_key_bytes = 32;

// Empty for what is no key.
std::string text_of(const zmq::message_t& raw_key) {
  if (raw_key.size() != raw_key_bytes)
    return {};
  std::array<char, 41> text{};
  ::zmq_z85_encode(text.data(), raw_key.data<std::uint8_t>(), raw_key_bytes);
  return text.data();
}

} // namespace

std::string user_of(const zmq::message_t& message) {
  const auto* user = ::zmq_msg_gets(const_cast<zmq_msg_t*>(message.handle()), "User-Id");
  return user == nullptr ? std::string{} : std::string{user};
}

zap_door::zap_door(zmq::context_t& context, refusal strangers_get)
    : socket_(context, zmq::socket_type::rep), strangers_get_(strangers_get) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
}

const std::string* zap_door::find(const std::string& key) const {
  const auto found = nodes_.find(key);
  return found == nodes_.end() ? nullptr : &found->second;
}

void zap_door::tell(const std::string& address, const std::string& key) {
  if (told_.admits(address + " " + key, std::chrono::steady_clock::now()))
    core::log(core::log_level::warning, "net", "a peer with an unknown key was refused",
              {{"address", address}, {"key", key}, {"more", std::to_string(told_.take_untold())}});
}

// A request: version, id, domain, address, identity, mechanism, credentials (the client's key). A reply: version, id,
// status code, status text, user id, metadata. The user id comes with each message: the key, since the node that it
// belongs to may get another.
void zap_door::serve() {
  std::vector<zmq::message_t> parts;
  while (zmq::recv_multipart(socket_, std::back_inserter(parts), zmq::recv_flags::dontwait)) {
    const auto is_curve = parts.size() == 7 && parts[5].to_string_view() == "CURVE";
    const std::string key = is_curve ? text_of(parts[6]) : "";
    const bool is_known = find(key) != nullptr;
    if (!is_known)
      tell(parts.size() > 3 ? parts[3].to_string() : "", key.empty() ? "none" : key);
    const std::string id = parts.size() > 1 ? parts[1].to_string() : "";
    const auto* refused = strangers_get_ == refusal::for_now ? "300" : "400";
    const std::array<std::string_view, 6> reply{"1.0", id, is_known ? "200" : refused, is_known ? "OK" : "unknown key",
                                                key,   ""};
    std::array<zmq::const_buffer, 6> sent;
    std::transform(reply.begin(), reply.end(), sent.begin(),
                   [](std::string_view part) { return zmq::buffer(part.data(), part.size()); });
    zmq::send_multipart(socket_, sent, zmq::send_flags::dontwait);
    parts.clear();
  }
}

} // namespace rollcall::net
