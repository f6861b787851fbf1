/// A network of one answering node and several asking ones in simulated time: frames are lost, doubled, delayed (and so
/// reordered), and connections are cut, as a seed says. One thread.
#pragma once

#include "net/client_link.hpp"
#include "net/server_links.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::net::testing {

using std::chrono::milliseconds;

struct faults {
  double lost = 0;
  double doubled = 0;
  milliseconds delay{0}; ///< at most; evenly spread
};

inline core::shared_bytes make_body(std::size_t size, std::uint8_t seed = 0) {
  core::bytes made(size);
  for (std::size_t at = 0; at < size; ++at)
    made[at] = static_cast<std::uint8_t>(at * 31 + seed + (at >> 16));
  return std::make_shared<const core::bytes>(std::move(made));
}

class simulated_network {
public:
  explicit simulated_network(std::uint64_t seed = 1, link_settings settings = {}) : random_(seed), settings_(settings) {
    start_server();
  }

  // -- time

  [[nodiscard]] core::steady_time now() const { return now_; }
  [[nodiscard]] core::deadline in(milliseconds span) const { return core::deadline{now_ + span}; }
  void at(milliseconds after, std::function<void()> what) { events_.emplace(now_ + after, std::move(what)); }

  void run_for(milliseconds span) {
    const auto end = now_ + span;
    while (true) {
      auto next = server_->due();
      if (!events_.empty())
        next = std::min(next, events_.begin()->first);
      for (const auto& [name, one] : clients_)
        next = std::min(next, one.link->due());
      if (next > end)
        break;
      now_ = std::max(now_, next);
      while (!events_.empty() && events_.begin()->first <= now_) {
        auto event = events_.extract(events_.begin());
        event.mapped()();
      }
      server_->tick(now_);
      for (auto& [name, one] : clients_)
        one.link->tick(now_);
    }
    now_ = end;
  }

  // -- nodes

  /// Adds an asking node; its connection stands at once.
  client_link& add_client(const std::string& name, const std::string& expects = "server") {
    auto& made = clients_[name];
    made.link = std::make_unique<client_link>(
        node_identity{cluster, name, 1}, expects, settings_, 1,
        client_link::ports{[this, name](frame sent) { carry_to_server(name, std::move(sent)); },
                           [this, name](bool is_open) { clients_[name].opened += is_open ? 1 : 0; }});
    return *made.link;
  }
  [[nodiscard]] client_link& client(const std::string& name) { return *clients_.at(name).link; }
  [[nodiscard]] int opened(const std::string& name) { return clients_.at(name).opened; }
  [[nodiscard]] server_links& server() { return *server_; }

  /// A new process in the server's place: it knows nothing of what was before.
  void start_server() {
    ++server_generation_;
    server_ = std::make_unique<server_links>(
        server_identity(), settings_,
        server_links::ports{[this](const std::string& route, frame sent) { carry_to_client(route, std::move(sent)); },
                            [this](const call_id& call, peer_request request) { serve(call, std::move(request)); },
                            [this](const call_id& call) {
                              ++pings;
                              if (!hangs)
                                server_->answer_ping(call);
                            }});
  }
  [[nodiscard]] node_identity server_identity() const { return {cluster, "server", server_generation_}; }
  [[nodiscard]] std::uint64_t server_generation() const { return server_generation_; }

  /// No frame passes between the client and the server; neither is told.
  void cut(const std::string& name) { clients_.at(name).is_cut = true; }
  void heal(const std::string& name) { clients_.at(name).is_cut = false; }
  /// As a connection that breaks: what was on the way is gone, the asking side is told, the route is a new one.
  void reconnect(const std::string& name) {
    auto& one = clients_.at(name);
    ++one.connection;
    one.link->lose(now_);
    one.link->connect(now_);
  }

  core::uuid cluster{{1, 2, 3}};
  faults with;
  milliseconds chunk_time{0}; ///< of a whole chunk on its way to the server; what comes behind it waits
  bool hangs = false;         ///< pings stay unanswered
  int pings = 0;              ///< that came
  std::string authenticated;
  std::function<void(const call_id&, peer_request)> serve = [this](const call_id& call, const peer_request& request) {
    server_->answer(call, request.body, now_);
  };
  std::mt19937_64& random() { return random_; }

private:
  struct node {
    std::unique_ptr<client_link> link;
    int connection = 0;
    bool is_cut = false;
    int opened = 0;
    core::steady_time busy_until{}; ///< its way to the server
  };

  bool chance(double of) { return std::uniform_real_distribution<>(0, 1)(random_) < of; }
  void carry(std::function<void()> arrive, milliseconds queued = {}) {
    if (chance(with.lost))
      return;
    for (int copies = chance(with.doubled) ? 2 : 1; copies > 0; --copies)
      at(queued + milliseconds{std::uniform_int_distribution<std::int64_t>(0, with.delay.count())(random_)}, arrive);
  }
  milliseconds queue(node& of, const frame& sent) {
    const auto part = static_cast<double>(sent.body.size()) / static_cast<double>(chunk_bytes);
    of.busy_until = std::max(of.busy_until, now_) + std::chrono::duration_cast<milliseconds>(part * chunk_time);
    return std::chrono::duration_cast<milliseconds>(of.busy_until - now_);
  }
  void carry_to_server(const std::string& name, frame sent) {
    if (clients_[name].is_cut)
      return;
    const auto connection = clients_[name].connection;
    const auto queued = queue(clients_[name], sent);
    carry(
        [this, name, connection, sent = std::move(sent)] {
          if (connection == clients_[name].connection)
            server_->receive(name + "#" + std::to_string(connection), authenticated, sent, now_);
        },
        queued);
  }
  void carry_to_client(const std::string& route, frame sent) {
    const auto name = route.substr(0, route.find('#'));
    if (clients_[name].is_cut)
      return;
    carry([this, name, route, sent = std::move(sent)] {
      if (route == name + "#" + std::to_string(clients_[name].connection))
        clients_[name].link->receive(sent, now_);
    });
  }

  std::mt19937_64 random_;
  link_settings settings_;
  core::steady_time now_{std::chrono::hours{1}};
  std::multimap<core::steady_time, std::function<void()>> events_;
  std::map<std::string, node> clients_;
  std::unique_ptr<server_links> server_;
  std::uint64_t server_generation_ = 0;
};

} // namespace rollcall::net::testing
