/// A node on real sockets of loopback that echoes what it is asked.
#pragma once

#include "net/zmq_peers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>

namespace rollcall::net {

using core::error_code;
using std::chrono::milliseconds;
constexpr milliseconds patience{10'000};

inline core::shared_bytes make_body(std::size_t size, std::uint8_t with = 7) {
  core::bytes made(size);
  for (std::size_t at = 0; at < size; ++at)
    made[at] = static_cast<std::uint8_t>(with + at * 13);
  return std::make_shared<const core::bytes>(std::move(made));
}

/// A node that echoes what it is asked, and knows which of its links are open.
class node {
public:
  explicit node(const std::string& name, bool has_keys = true, const std::string& listen = "127.0.0.1:0",
                link_settings links = {}) {
    peer_settings settings;
    settings.links = links;
    settings.self = {core::uuid{{5}}, name, 1};
    settings.listen = listen;
    if (has_keys)
      settings.keys = keys_;
    auto started = zmq_peers::start(
        std::move(settings), {[this](const call_id& call, peer_request request) { serve(call, std::move(request)); },
                              [this](const call_id& call) { running_.load()->answer_ping(call); },
                              [this](const std::string& peer, bool is_open) { note(peer, is_open); }});
    EXPECT_TRUE(started) << (started ? "" : started.failure().message);
    if (started)
      peers_ = *std::move(started);
    running_ = peers_.get(); // the handlers run no earlier than somebody connects
    name_ = name;
  }
  ~node() { stop(); }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  void stop() { peers_.reset(); }
  zmq_peers* operator->() { return peers_.get(); }
  [[nodiscard]] peer_address address() const { return {name_, peers_->address(), keys_.public_key}; }
  [[nodiscard]] const std::string& key() const { return keys_.public_key; }

  void connect(const node& to) { peers_->connect(to.address()); }
  [[nodiscard]] bool wait_until_open(const std::string& peer, bool is_open = true, milliseconds within = patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, within, [&] { return open_.contains(peer) == is_open; });
  }
  [[nodiscard]] core::result<core::shared_bytes> ask(const std::string& peer, core::shared_bytes body,
                                                     milliseconds within = patience) {
    std::promise<core::result<core::shared_bytes>> ended;
    peers_->ask(peer, "echo", std::move(body), core::deadline::in(within),
                [&](core::result<core::shared_bytes> got) { ended.set_value(std::move(got)); });
    return ended.get_future().get();
  }

  std::atomic<bool> keeps_silent = false;
  std::atomic<int> served = 0;

private:
  void serve(const call_id& call, peer_request request) {
    ++served;
    if (!keeps_silent)
      running_.load()->answer(call, std::move(request.body));
  }
  void note(const std::string& peer, bool is_open) {
    const std::lock_guard lock(mutex_);
    if (is_open)
      open_.insert(peer);
    else
      open_.erase(peer);
    changed_.notify_all();
  }

  curve_key_pair keys_ = make_key_pair();
  std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> open_;
  std::atomic<zmq_peers*> running_ = nullptr; ///< for the handlers, which run while `peers_` is being reset
  std::unique_ptr<zmq_peers> peers_;
};

} // namespace rollcall::net
