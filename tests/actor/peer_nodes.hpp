/// Nodes in one process that share a PostgreSQL and talk over real sockets, each with an actor system and keys of its
/// own.
#pragma once

#include "actors/peers/peer_gate.hpp"
#include "actors/peers/remote_shard.hpp"
#include "actors/replica/shard.hpp"
#include "actors/search/coordinator.hpp"
#include "actors/storing/store.hpp"
#include "core/metrics.hpp"
#include "net/zmq_peers.hpp"
#include "shard/codes/similarity.hpp"
#include "store/postgres_store.hpp"
#include "store/secret_box.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>

namespace rollcall::actors {

using core::error_code;
using namespace std::chrono_literals;
inline constexpr auto patience = 20s;
inline constexpr std::size_t dimension = 16;

inline caf::actor_system_config make_config() {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{2});
  return config;
}

/// The database that all nodes share.
struct shared_record {
  std::string uri = test::postgres_server::shared().make_schema();
  test::temp_dir directory;

  [[nodiscard]] std::unique_ptr<store::store> open() const {
    store::postgres_settings settings;
    settings.uri = uri;
    settings.key_file = directory.path() / "secrets.key";
    EXPECT_TRUE(store::secret_box::open(settings.key_file, true));
    auto opened = store::open_postgres_store(settings);
    EXPECT_TRUE(opened) << (opened ? "" : opened.failure().message);
    return opened ? *std::move(opened) : nullptr;
  }
};

/// What every node has: an actor system with a STORE, and peers by its key.
class node {
public:
  node(const shared_record& record, const std::string& name, const std::string& listen)
      : name_(name),
        config_(make_config()),
        system_(config_),
        store_(actors::store(system_, record.open(), {}, core::null_metrics())) {
    net::peer_settings settings;
    settings.self = {core::uuid{{7}}, name, 1};
    settings.listen = listen;
    settings.keys = keys_;
    auto started = net::zmq_peers::start(std::move(settings),
                                         {[this](const net::call_id& call, net::peer_request request) {
                                            if (const auto open = gate())
                                              caf::anon_send(open, peer_call{call, std::move(request)});
                                          },
                                          [this](const net::call_id& call) {
                                            if (const auto open = gate())
                                              caf::anon_send(open, peer_ping{call});
                                          },
                                          [this](const std::string& peer, bool is_open) { note(peer, is_open); }});
    EXPECT_TRUE(started) << (started ? "" : started.failure().message);
    peers_ = *std::move(started);
  }
  virtual ~node() {
    for (const auto& one : actors_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(store_, caf::exit_reason::user_shutdown);
    system_.await_all_actors_done();
    actors_.clear(); // before the system
    const std::lock_guard lock(mutex_);
    gate_ = gate_actor{};
    hung_ = gate_actor{};
  }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  [[nodiscard]] net::zmq_peers& peers() { return *peers_; }
  [[nodiscard]] const net::curve_key_pair& keys() const { return keys_; }
  [[nodiscard]] net::peer_address address() const { return {name_, peers_->address(), keys_.public_key}; }

  [[nodiscard]] bool wait_until_open(const std::string& peer, bool is_open = true) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return open_.contains(peer) == is_open; });
  }
  template <class Reply, class Handle, class Message>
  core::result<Reply> ask(const Handle& whom, Message message) {
    caf::scoped_actor self{system_};
    core::result<Reply> answer = core::error{};
    self->request(whom, patience, std::move(message))
        .receive([&](Reply& reply) { answer = std::move(reply); },
                 [&](caf::error& failed) { answer = to_core(failed); });
    return answer;
  }

  /// From now on it takes requests and pings and answers none of them, until it wakes.
  void hang() {
    hung_ = gate();
    open_gate(gate_actor{});
  }
  void wake() { open_gate(hung_); }

protected:
  [[nodiscard]] gate_ports ports() {
    return {[peers = peers_](net::call_id to, core::result<core::shared_bytes> outcome) {
              peers->answer(std::move(to), std::move(outcome));
            },
            [peers = peers_](net::call_id to) { peers->answer_ping(std::move(to)); }};
  }
  [[nodiscard]] peer_ask ask_of(const std::string& name) {
    return [peers = peers_, name](std::string method, core::shared_bytes body, core::deadline until,
                                  std::function<void(core::result<core::shared_bytes>)> then) {
      peers->ask(name, std::move(method), std::move(body), until, std::move(then));
    };
  }
  [[nodiscard]] gate_actor gate() {
    const std::lock_guard lock(mutex_);
    return gate_;
  }
  void open_gate(gate_actor to) {
    const std::lock_guard lock(mutex_);
    gate_ = std::move(to);
  }
  void keep(const caf::actor& one) { actors_.push_back(one); }

private:
  void note(const std::string& peer, bool is_open) {
    const std::lock_guard lock(mutex_);
    if (is_open)
      open_.insert(peer);
    else
      open_.erase(peer);
    changed_.notify_all();
  }

  // Before the peers, whose thread uses them until it has ended.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> open_;
  gate_actor gate_;
  gate_actor hung_;
  std::vector<caf::actor> actors_;

protected:
  std::string name_;
  net::curve_key_pair keys_ = net::make_key_pair();
  caf::actor_system_config config_;
  caf::actor_system system_;
  store_actor store_;
  std::shared_ptr<net::zmq_peers> peers_;
};

class shard_node final : public node {
public:
  /// Holds its share of all partitions; all of them, where there is one share.
  shard_node(const shared_record& record, std::uint32_t number, std::uint32_t shares,
             const std::string& listen = "127.0.0.1:0")
      : node(record, "shard" + std::to_string(number), listen) {
    shard_settings settings;
    settings.index = number % shares;
    settings.shards = shares;
    const auto held = shard(system_, store_, settings, core::null_metrics());
    keep(caf::actor_cast<caf::actor>(held));
    const auto made = peer_gate(system_, {.shard = held}, ports());
    keep(caf::actor_cast<caf::actor>(made));
    open_gate(made);
    EXPECT_TRUE(ask<shard_status>(held, ready_request{core::deadline::in(patience)}));
  }
};

class front_node final : public node {
public:
  front_node(const shared_record& record, std::vector<std::unique_ptr<shard_node>>& shards,
             coordinator_settings settings = {})
      : node(record, "front", "") {
    std::uint32_t index = 0;
    for (auto& one : shards) {
      const auto to = one->address();
      one->peers().admit({{keys_.public_key, "front"}});
      peers_->connect(to);
      remotes_.push_back(remote_shard(system_, ask_of(to.node), {}));
      keep(caf::actor_cast<caf::actor>(remotes_.back()));
      const auto count = static_cast<std::uint32_t>(shards.size());
      EXPECT_TRUE(ask<subscribed>(store_, subscribe_request{remotes_.back(), index++, count}));
      EXPECT_TRUE(wait_until_open(to.node));
    }
    coordinator_ = actors::coordinator(system_, remotes_, std::move(settings), core::null_metrics());
    keep(caf::actor_cast<caf::actor>(coordinator_));
  }

  template <class T>
  core::result<T> write(std::function<core::result<T>(store::store&, write_outcome&)> what) {
    auto reply = ask<store_reply>(store_, store_write{[what](store::store& into) {
                                                        write_outcome outcome;
                                                        outcome.value = what(into, outcome);
                                                        return outcome;
                                                      },
                                                      core::deadline::in(patience)});
    if (!reply)
      return std::move(reply).failure();
    return std::any_cast<core::result<T>>(reply->value);
  }

  core::result<store::added_faces> add(core::collection_key key, std::vector<store::face_with_embedding> faces) {
    return write<store::added_faces>([=](store::store& into, write_outcome& outcome) {
      auto added = into.add_faces(key, faces);
      if (added)
        outcome.mutations = added->mutations;
      return added;
    });
  }
  core::result<store::removed_faces> remove(core::collection_key key, std::vector<core::face_id> ids) {
    return write<store::removed_faces>([=](store::store& into, write_outcome& outcome) {
      auto removed = into.remove_faces(key, ids);
      if (removed)
        outcome.mutations = removed->mutations;
      return removed;
    });
  }
  core::result<query_answer> search(const store::collection_record& in, std::vector<float> probe, std::size_t k,
                                    bool accept_partial = false) {
    query made{.request = {},
               .collection = in.key,
               .partitions = in.partitions,
               .probes = std::move(probe),
               .until = core::deadline::in(patience)};
    made.dimension = dimension;
    made.k = k;
    made.accept_partial = accept_partial;
    return ask<query_answer>(coordinator_, std::move(made));
  }
  core::result<shard_status> status() { return ask<shard_status>(coordinator_, status_request{}); }
  [[nodiscard]] const shard_actor& remote(std::size_t index) const { return remotes_[index]; }

private:
  std::vector<shard_actor> remotes_;
  coordinator_actor coordinator_;
};

} // namespace rollcall::actors
