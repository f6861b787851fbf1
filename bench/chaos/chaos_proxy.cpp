#include "bench/chaos/chaos_proxy.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <thread>

namespace rollcall::bench {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

tcp::endpoint loopback(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

} // namespace

struct tampering_proxy::machinery {
  machinery(std::uint16_t to, hooks how) : target(to), with(std::move(how)), door(context, loopback(0)) {
    port = door.local_endpoint().port();
    accept();
    thread = std::thread([this] { context.run(); });
  }
  ~machinery() {
    context.stop();
    thread.join();
  }

  void accept() {
    door.async_accept([this](const boost::system::error_code& failed, tcp::socket client) {
      if (failed)
        return;
      serve(client);
      accept();
    });
  }

  // Both ends answer in time, or close: a node has its deadlines, and so have the clients of this.
  void serve(tcp::socket& client) {
    boost::system::error_code failed;
    beast::flat_buffer buffer;
    request asked;
    beast::http::read(client, buffer, asked, failed);
    if (failed)
      return;
    if (with.on_request)
      with.on_request(asked);
    asked.prepare_payload();
    tcp::socket node(context);
    node.connect(loopback(target), failed);
    reply got;
    beast::flat_buffer answered;
    if (!failed)
      beast::http::write(node, asked, failed);
    if (!failed)
      beast::http::read(node, answered, got, failed);
    if (failed)
      return;
    if (with.on_reply && got.result_int() == 200)
      with.on_reply(got);
    got.prepare_payload();
    beast::http::write(client, got, failed);
  }

  std::uint16_t target;
  hooks with;
  std::uint16_t port = 0;
  asio::io_context context{1};
  tcp::acceptor door;
  std::thread thread;
};

tampering_proxy::tampering_proxy(std::uint16_t target, hooks with)
    : machinery_(std::make_unique<machinery>(target, std::move(with))) {}

tampering_proxy::~tampering_proxy() = default;

std::uint16_t tampering_proxy::port() const noexcept {
  return machinery_->port;
}

} // namespace rollcall::bench
