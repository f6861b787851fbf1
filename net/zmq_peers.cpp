#include "net/zmq_peers.hpp"

#include "net/peer_loop.hpp"

#include <future>
#include <mutex>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

namespace rollcall::net {

namespace {

// Requests that wait for the thread; each is bounded by the grants once it is there.
constexpr std::size_t most_waiting = 65'536;

std::string host_of(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}

bool is_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "localhost" || host == "[::1]";
}

class event_fd {
public:
  event_fd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { ROLLCALL_ASSERT(fd_ >= 0); }
  ~event_fd() { ::close(fd_); }
  event_fd(const event_fd&) = delete;
  event_fd& operator=(const event_fd&) = delete;

  void signal() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(fd_, &one, sizeof one)); // full: it is signalled already
  }
  void clear() const {
    std::uint64_t count = 0;
    static_cast<void>(!::read(fd_, &count, sizeof count));
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

private:
  int fd_;
};

} // namespace

struct zmq_peers::machinery {
  using task = std::function<void(peer_loop&)>;

  machinery(const peer_settings& settings, peer_handlers handlers) : loop(settings, std::move(handlers), wake.get()) {}

  // False, without effect, when the peers end.
  [[nodiscard]] bool post(task what) {
    {
      const std::lock_guard lock(mutex);
      if (is_ending)
        return false;
      waiting.push_back(std::move(what));
      if (waiting.size() > 1)
        return true; // the thread has been woken for the first
    }
    wake.signal();
    return true;
  }
  [[nodiscard]] bool is_full() {
    const std::lock_guard lock(mutex);
    return waiting.size() >= most_waiting;
  }
  [[nodiscard]] std::vector<task> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(waiting, {});
  }
  void run() {
    while (true) {
      loop.poll();
      wake.clear();
      for (auto& one : take())
        one(loop);
      const std::lock_guard lock(mutex);
      if (is_ending && waiting.empty())
        return;
    }
  }

  event_fd wake;
  peer_loop loop;
  std::mutex mutex;
  std::vector<task> waiting;
  bool is_ending = false;
  std::thread thread;
};

core::result<std::unique_ptr<zmq_peers>> zmq_peers::start(peer_settings settings, peer_handlers handlers) {
  const auto host = host_of(settings.listen);
  if (!settings.listen.empty() && !settings.keys && !settings.is_insecure && !is_loopback(host))
    return core::fail(core::error_code::invalid_config,
                      "Peers on " + settings.listen
                          + " would be unencrypted and open to anybody: give the node a key (rollcall keys node), or "
                            "listen on 127.0.0.1.");
  try {
    auto made = std::make_unique<machinery>(settings, std::move(handlers));
    made->thread = std::thread([running = made.get()] { running->run(); });
    return std::unique_ptr<zmq_peers>{new zmq_peers(std::move(made))};
  } catch (const zmq::error_t& failed) {
    return core::fail(core::error_code::invalid_config, "Peers can't be listened to on " + settings.listen + ": "
                                                            + failed.what() + "; choose another address.");
  }
}

zmq_peers::zmq_peers(std::unique_ptr<machinery> made) : machinery_(std::move(made)) {}

zmq_peers::~zmq_peers() {
  {
    const std::lock_guard lock(machinery_->mutex);
    machinery_->is_ending = true;
  }
  machinery_->wake.signal();
  machinery_->thread.join();
}

const std::string& zmq_peers::address() const noexcept {
  return machinery_->loop.endpoint();
}

void zmq_peers::admit(std::map<std::string, std::string> nodes_by_key) {
  static_cast<void>(machinery_->post([nodes = std::move(nodes_by_key)](peer_loop& loop) { loop.admit(nodes); }));
}

void zmq_peers::connect(peer_address to) {
  static_cast<void>(machinery_->post([to = std::move(to)](peer_loop& loop) { loop.connect(to); }));
}

void zmq_peers::disconnect(std::string node) {
  static_cast<void>(machinery_->post([node = std::move(node)](peer_loop& loop) { loop.disconnect(node); }));
}

void zmq_peers::ask(std::string node, std::string method, core::shared_bytes body, core::deadline until,
                    client_link::done then) {
  if (machinery_->is_full())
    return then(core::fail(core::error_code::overloaded, "Too many requests to other nodes are waiting."));
  const auto shared = std::make_shared<client_link::done>(std::move(then)); // std::function wants it copyable
  if (!machinery_->post([=, to = std::move(node), what = std::move(method), with = std::move(body)](peer_loop& loop) {
        loop.ask(to, what, with, until, *shared);
      }))
    (*shared)(core::fail(core::error_code::unavailable, "The node is stopping."));
}

void zmq_peers::answer(call_id to, core::result<core::shared_bytes> outcome) {
  static_cast<void>(machinery_->post(
      [to = std::move(to), outcome = std::move(outcome)](peer_loop& loop) { loop.answer(to, outcome); }));
}

void zmq_peers::answer_ping(call_id to) {
  static_cast<void>(machinery_->post([to = std::move(to)](peer_loop& loop) { loop.answer_ping(to); }));
}

std::vector<peer_status> zmq_peers::status(std::chrono::milliseconds within) {
  const auto made = std::make_shared<std::promise<std::vector<peer_status>>>();
  auto answered = made->get_future();
  if (!machinery_->post([made](peer_loop& loop) { made->set_value(loop.status()); })
      || answered.wait_for(within) != std::future_status::ready)
    return {};
  return answered.get();
}

} // namespace rollcall::net
