/// A client of the ZeroMQ plane: sockets with keys, messages as texts. Header only; one thread.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace rollcall::test {

struct zmq_keys {
  std::string server;
  std::string client_public;
  std::string client_secret;
};

class zmq_client {
public:
  zmq_client(zmq::socket_type type, const std::string& at, const zmq_keys& keys) : zmq_client(type) {
    socket_.set(zmq::sockopt::curve_serverkey, keys.server);
    socket_.set(zmq::sockopt::curve_publickey, keys.client_public);
    socket_.set(zmq::sockopt::curve_secretkey, keys.client_secret);
    socket_.connect("tcp://" + at);
  }
  /// One without keys, which nobody lets in.
  zmq_client(zmq::socket_type type, const std::string& at) : zmq_client(type) { socket_.connect("tcp://" + at); }

  zmq::socket_t& socket() { return socket_; }

  /// False when it does not go in half a minute.
  bool send(const std::vector<std::string>& parts) {
    std::vector<zmq::const_buffer> sent;
    for (const auto& part : parts)
      sent.push_back(zmq::buffer(part));
    return zmq::send_multipart(socket_, sent).has_value();
  }
  bool send(const boost::json::object& header, const std::string& part) {
    return send({boost::json::serialize(header), part});
  }
  /// Empty when none comes in half a minute, or within the socket's rcvtimeo.
  std::vector<std::string> receive() {
    std::vector<zmq::message_t> parts;
    std::vector<std::string> texts;
    if (zmq::recv_multipart(socket_, std::back_inserter(parts)))
      for (const auto& part : parts)
        texts.push_back(part.to_string());
    return texts;
  }

private:
  explicit zmq_client(zmq::socket_type type) : socket_(context(), type) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 30'000);
    socket_.set(zmq::sockopt::sndtimeo, 30'000);
  }
  static zmq::context_t& context() {
    static zmq::context_t one;
    return one;
  }
  zmq::socket_t socket_;
};

} // namespace rollcall::test
