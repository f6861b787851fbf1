#include "tests/support/tcp_link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <deque>
#include <random>
#include <set>
#include <thread>
#include <vector>

namespace rollcall::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::size_t most_waiting = 256; ///< reads kept for one direction; the sender waits then, as TCP has it

tcp::endpoint loopback(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

struct piece {
  steady::time_point due;
  std::vector<char> bytes;
};

} // namespace

// All of it belongs to the one thread that runs the context.
struct tcp_link::machinery {
  // A direction of a connection; `changed` never runs out, it is cancelled to wake whoever waits.
  struct direction {
    explicit direction(asio::io_context& on) : changed(on, steady::time_point::max()) {}
    std::deque<piece> waiting;
    asio::steady_timer changed;
  };
  struct connection {
    explicit connection(asio::io_context& on) : near(on), far(on), out(on), in(on) {}
    tcp::socket near, far;
    direction out, in;
    bool is_cut = false;

    void close() {
      boost::system::error_code ignored;
      near.close(ignored);
      far.close(ignored);
      out.changed.cancel();
      in.changed.cancel();
    }
  };
  using shared_connection = std::shared_ptr<connection>;

  explicit machinery(std::uint16_t to) : target(to), acceptor(context, loopback(0)) {
    asio::co_spawn(context, accept(), asio::detached);
    thread = std::thread([this] { context.run(); });
  }
  ~machinery() {
    context.stop();
    thread.join();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto made = std::make_shared<connection>(context);
      co_await acceptor.async_accept(made->near, asio::use_awaitable);
      asio::co_spawn(context, serve(made), asio::detached);
    }
  }

  asio::awaitable<void> serve(shared_connection with) {
    boost::system::error_code failed;
    co_await with->far.async_connect(loopback(target), asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
      co_return with->close();
    connections.insert(with);
    asio::co_spawn(context, read(with, with->near, with->out), asio::detached);
    asio::co_spawn(context, write(with, with->out, with->far), asio::detached);
    asio::co_spawn(context, read(with, with->far, with->in), asio::detached);
    asio::co_spawn(context, write(with, with->in, with->near), asio::detached);
  }

  static asio::awaitable<void> wait(direction& on) {
    boost::system::error_code cancelled;
    co_await on.changed.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }

  asio::awaitable<void> read(shared_connection of, tcp::socket& from, direction& to) {
    while (from.is_open()) {
      piece got{{}, std::vector<char>(read_bytes)};
      boost::system::error_code failed;
      const auto size =
          co_await from.async_read_some(asio::buffer(got.bytes), asio::redirect_error(asio::use_awaitable, failed));
      if (failed)
        break;
      got.bytes.resize(size);
      got.due = steady::now() + late;
      to.waiting.push_back(std::move(got));
      to.changed.cancel();
      while (to.waiting.size() >= most_waiting && from.is_open())
        co_await wait(to);
    }
    end(of);
  }

  asio::awaitable<void> write(shared_connection of, direction& from, tcp::socket& to) {
    while (to.is_open()) {
      if (from.waiting.empty() || is_silent) {
        co_await wait(from);
        continue;
      }
      const auto next = std::move(from.waiting.front());
      from.waiting.pop_front();
      from.changed.cancel();
      asio::steady_timer due(context, next.due);
      boost::system::error_code failed;
      co_await due.async_wait(asio::redirect_error(asio::use_awaitable, failed));
      const bool is_last = of->is_cut;
      const auto size = is_last ? next.bytes.size() / 2 : next.bytes.size();
      co_await asio::async_write(to, asio::buffer(next.bytes.data(), size),
                                 asio::redirect_error(asio::use_awaitable, failed));
      if (failed || is_last)
        break;
    }
    end(of);
  }

  void end(const shared_connection& which) {
    which->close();
    connections.erase(which);
  }

  void wake() {
    for (const auto& one : connections) {
      one->out.changed.cancel();
      one->in.changed.cancel();
    }
  }

  std::uint16_t target;
  asio::io_context context{1};
  tcp::acceptor acceptor;
  std::set<shared_connection> connections;
  std::chrono::milliseconds late{0};
  bool is_silent = false;
  std::thread thread;
};

std::uint16_t free_port() {
  asio::io_context context;
  std::random_device seed;
  std::uniform_int_distribution<int> among{10'000, 32'000}; // the kernel hands out 32,768 and more, as ip(7) says
  for (;;) {
    tcp::acceptor probe(context, tcp::v4());
    boost::system::error_code taken;
    const auto port = static_cast<std::uint16_t>(among(seed));
    probe.bind(loopback(port), taken);
    if (!taken)
      return port;
  }
}

tcp_link::tcp_link(std::uint16_t target) : machinery_(std::make_unique<machinery>(target)) {}
tcp_link::~tcp_link() = default;

std::uint16_t tcp_link::port() const noexcept {
  return machinery_->acceptor.local_endpoint().port();
}

void tcp_link::delay(std::chrono::milliseconds by) {
  asio::post(machinery_->context, [in = machinery_.get(), by] { in->late = by; });
}

void tcp_link::silence(bool is_silent) {
  asio::post(machinery_->context, [in = machinery_.get(), is_silent] {
    in->is_silent = is_silent;
    in->wake();
  });
}

void tcp_link::cut() {
  asio::post(machinery_->context, [in = machinery_.get()] {
    for (const auto& one : in->connections)
      one->is_cut = true;
  });
}

} // namespace rollcall::test
