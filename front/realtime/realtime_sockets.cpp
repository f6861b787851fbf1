#include "front/realtime/realtime_sockets.hpp"

#include "core/log.hpp"
#include "front/realtime/event_socket.hpp"
#include "front/realtime/zmq_parts.hpp"
#include "net/told_lines.hpp"
#include "net/zap_door.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <optional>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <zmq.hpp>

namespace rollcall::front {

namespace {

constexpr std::chrono::milliseconds tick{100};
constexpr std::size_t max_header_bytes = 16 * 1024;
constexpr int most_messages = 128; // of one socket before the others have their turn

// Of one client.
constexpr int messages_waiting = 64;
constexpr int frames_waiting = 8;

struct outgoing_reply {
  std::string route;
  bool is_request = false;
  std::string header;
  std::string body;
};

struct counters {
  core::counter& replies_dropped;
  core::counter& malformed;

  explicit counters(core::metric_registry& registry)
      : replies_dropped(registry.make_counter("rollcall_zmq_replies_dropped_total",
                                              "Replies to queries over ZeroMQ whose client did not take them", {})),
        malformed(registry.make_counter("rollcall_zmq_malformed_total",
                                        "Messages over ZeroMQ that have not the parts they should", {})) {}
};

} // namespace

struct realtime_sockets::machinery {
  machinery(realtime_settings given, realtime_handlers with, core::metric_registry& registry)
      : settings(std::move(given)),
        handlers(std::move(with)),
        counts(registry),
        door(context, net::zap_door::refusal::for_now),
        events(settings, handlers.may_subscribe, registry) {}
  ~machinery() {
    if (wake >= 0)
      ::close(wake);
  }

  void open();
  void run();
  void follow_keys();
  void open_events_again();
  void wait();
  void take_queries();
  void take_frames();
  void send_waiting();
  void send(const outgoing_reply& one);
  void note(std::string line, const std::string& key);
  void poke() const {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake, &one, sizeof one));
  }

  realtime_settings settings;
  realtime_handlers handlers;
  counters counts;
  zmq::context_t context{1};
  net::zap_door door;
  zmq::socket_t queries;
  zmq::socket_t frames;
  event_socket events;
  realtime_addresses bound;
  int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  admitted_keys admitted;
  net::told_lines told{20};

  std::mutex mutex;
  std::vector<outgoing_reply> replies; ///< guarded by mutex
  std::vector<publication> published;  ///< guarded by mutex
  std::atomic<std::size_t> unpublished = 0;
  std::atomic<bool> is_watched = false;
  std::atomic<bool> is_taking = true;
  std::atomic<bool> is_stopping = false;
  std::thread thread;
};

void realtime_sockets::machinery::open() {
  const auto& listen = settings.listen;
  if (!listen.queries.empty()) {
    queries = make_unbound(context, settings.keys,
                           {zmq::socket_type::router, listen.queries, settings.max_message_bytes, messages_waiting});
    queries.set(zmq::sockopt::router_mandatory, true); // so that a reply that does not go is known
    queries.set(zmq::sockopt::linger, 500);
    bound.queries = bind(queries, listen.queries);
  }
  if (!listen.frames.empty()) {
    frames = make_unbound(context, settings.keys,
                          {zmq::socket_type::pull, listen.frames, settings.max_message_bytes, frames_waiting});
    bound.frames = bind(frames, listen.frames);
  }
  if (!listen.events.empty())
    bound.events = events.open(context, listen.events);
}

void realtime_sockets::machinery::note(std::string line, const std::string& key) {
  if (told.admits(line + key, std::chrono::steady_clock::now()))
    core::log(core::log_level::warning, "front", line, {{"key", key}, {"more", std::to_string(told.take_untold())}});
}

// -- who is let in

void realtime_sockets::machinery::follow_keys() {
  auto now = handlers.admitted();
  if (!now || now == admitted)
    return;
  const auto before = std::exchange(admitted, std::move(now));
  door.admit(*admitted);
  // Subscriptions live as long as their connections: those of a key that is gone end with all others, which come back
  // by themselves, and for which what happens meanwhile is kept.
  const bool is_less = before && std::ranges::any_of(*before, [this](const auto& one) {
                         const auto found = admitted->find(one.first);
                         return found == admitted->end() || found->second != one.second;
                       });
  if (is_less && events.socket())
    events.close();
}

void realtime_sockets::machinery::open_events_again() {
  if (events.socket() || bound.events.empty())
    return;
  try {
    static_cast<void>(events.open(context, bound.events));
  } catch (const zmq::error_t&) {
    return; // the address is not free yet
  }
}

// -- what comes

void realtime_sockets::machinery::take_queries() {
  for (int left = most_messages; left > 0; --left) {
    std::array<zmq::message_t, 4> parts;
    const auto count = receive(queries, parts);
    if (!count)
      return;
    realtime_message got;
    got.route = parts[0].to_string();
    got.is_request = *count > 2 && parts[1].empty();
    const std::size_t header = got.is_request ? 2 : 1;
    got.key = *count > header ? net::user_of(parts[header]) : "";
    if (*count <= header || *count > header + 2 || parts[header].size() > max_header_bytes) {
      counts.malformed.add();
      note("a query has not the parts of one: a JSON header of at most 16 KiB, and one more", got.key);
      continue;
    }
    got.header = parts[header].to_string();
    if (*count == header + 2)
      got.body = bytes_of(parts[header + 1]);
    handlers.query(std::move(got));
  }
}

void realtime_sockets::machinery::take_frames() {
  for (int left = most_messages; left > 0; --left) {
    std::array<zmq::message_t, 2> parts;
    const auto count = receive(frames, parts);
    if (!count)
      return;
    realtime_message got;
    got.key = net::user_of(parts[0]);
    if (*count != 2 || parts[0].size() > max_header_bytes) {
      counts.malformed.add();
      note("a frame has not the parts of one: a JSON header of at most 16 KiB, and a picture", got.key);
      continue;
    }
    got.header = parts[0].to_string();
    got.body = bytes_of(parts[1]);
    handlers.frame(std::move(got));
  }
}

// -- what goes

void realtime_sockets::machinery::send(const outgoing_reply& one) {
  constexpr auto more = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
  try {
    bool is_sent = queries.send(zmq::buffer(one.route), more).has_value();
    if (is_sent && one.is_request)
      is_sent = queries.send(zmq::message_t{}, more).has_value();
    if (is_sent)
      is_sent = queries.send(zmq::buffer(one.header), one.body.empty() ? zmq::send_flags::dontwait : more).has_value();
    if (is_sent && !one.body.empty())
      is_sent = queries.send(zmq::buffer(one.body), zmq::send_flags::dontwait).has_value();
    if (!is_sent)
      counts.replies_dropped.add();
  } catch (const zmq::error_t&) {
    counts.replies_dropped.add(); // the client is gone
  }
}

void realtime_sockets::machinery::send_waiting() {
  std::vector<outgoing_reply> to_reply;
  std::vector<publication> to_publish;
  {
    const std::lock_guard lock(mutex);
    to_reply.swap(replies);
    if (events.is_settled())
      to_publish.swap(published);
  }
  for (const auto& one : to_reply)
    send(one);
  for (const auto& one : to_publish)
    events.publish(one);
  unpublished -= to_publish.size();
}

// -- the thread

void realtime_sockets::machinery::wait() {
  std::array<zmq::pollitem_t, 5> items{};
  std::size_t count = 0;
  items[count++] = {nullptr, wake, ZMQ_POLLIN, 0};
  items[count++] = {door.socket().handle(), 0, ZMQ_POLLIN, 0};
  for (auto* socket : {&queries, &frames, &events.socket()})
    if (*socket && (is_taking || socket == &events.socket()))
      items[count++] = {socket->handle(), 0, ZMQ_POLLIN, 0};
  zmq::poll(items.data(), count, tick);
  std::uint64_t pokes = 0;
  static_cast<void>(::read(wake, &pokes, sizeof pokes));
}

void realtime_sockets::machinery::run() {
  for (bool is_last = false; !is_last;) { // the last turn sends what waits
    is_last = is_stopping;
    try {
      open_events_again();
      wait();
      follow_keys(); // a key may be used as soon as it was made
      door.serve();
      if (queries && is_taking)
        take_queries();
      if (frames && is_taking)
        take_frames();
      if (events.socket() && events.serve())
        is_watched = true;
      send_waiting();
    } catch (const zmq::error_t& failed) {
      core::log(core::log_level::failure, "front", "the ZeroMQ plane met an error", {{"error", failed.what()}});
    }
  }
  events.give_up(unpublished);
}

core::result<std::unique_ptr<realtime_sockets>>
realtime_sockets::open(realtime_settings settings, realtime_handlers handlers, core::metric_registry& metrics) {
  const auto listen = settings.listen;
  auto made = std::make_unique<machinery>(std::move(settings), std::move(handlers), metrics);
  try {
    made->open();
  } catch (const zmq::error_t& failed) {
    return core::fail(core::error_code::invalid_config,
                      "zmq.queries, zmq.frames, zmq.events: one of '" + listen.queries + "', '" + listen.frames + "', '"
                          + listen.events + "' can't be listened on (" + failed.what() + "); write HOST:PORT");
  }
  return std::unique_ptr<realtime_sockets>{new realtime_sockets{std::move(made)}};
}

realtime_sockets::realtime_sockets(std::unique_ptr<machinery> made) : machinery_(std::move(made)) {}

void realtime_sockets::start() {
  machinery_->thread = std::thread([all = machinery_.get()] { all->run(); });
}

void realtime_sockets::stop_taking() {
  machinery_->is_taking = false;
}

void realtime_sockets::stop() {
  machinery_->is_stopping = true;
  machinery_->poke();
  if (machinery_->thread.joinable())
    machinery_->thread.join();
}

realtime_sockets::~realtime_sockets() {
  stop();
}

const realtime_addresses& realtime_sockets::bound() const noexcept {
  return machinery_->bound;
}

void realtime_sockets::reply(const realtime_message& to, std::string header, std::string body) {
  {
    const std::lock_guard lock(machinery_->mutex);
    machinery_->replies.push_back({to.route, to.is_request, std::move(header), std::move(body)});
  }
  machinery_->poke();
}

void realtime_sockets::publish(std::vector<publication> what) {
  machinery_->unpublished += what.size();
  {
    const std::lock_guard lock(machinery_->mutex);
    std::ranges::move(what, std::back_inserter(machinery_->published));
  }
  machinery_->poke();
}

std::size_t realtime_sockets::unpublished() const noexcept {
  return machinery_->unpublished;
}

bool realtime_sockets::is_watched() const noexcept {
  return machinery_->is_watched;
}

} // namespace rollcall::front
