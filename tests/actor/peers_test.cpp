// A front whose SHARD actors live on other nodes: real sockets with keys, a real PostgreSQL, an actor system a node.
#include "actors/coordinator.hpp"
#include "actors/peer_gate.hpp"
#include "actors/remote_shard.hpp"
#include "actors/shard.hpp"
#include "actors/store.hpp"
#include "core/metrics.hpp"
#include "net/zmq_peers.hpp"
#include "shard/similarity.hpp"
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

namespace rollcall::actors {

namespace {

using core::error_code;
using namespace std::chrono_literals;
constexpr auto patience = 20s;
constexpr std::size_t dimension = 16;

caf::actor_system_config make_config() {
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
                                            caf::anon_send(gate(), peer_call{call, std::move(request)});
                                          },
                                          [this](const net::call_id& call) { caf::anon_send(gate(), peer_ping{call}); },
                                          [this](const std::string& peer, bool is_open) { note(peer, is_open); }});
    EXPECT_TRUE(started) << (started ? "" : started.failure().message);
    peers_ = *std::move(started);
  }
  virtual ~node() {
    for (const auto& one : actors_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(store_, caf::exit_reason::user_shutdown);
    system_.await_all_actors_done();
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

protected:
  [[nodiscard]] gate_actor gate() {
    const std::lock_guard lock(mutex_);
    return gate_;
  }
  void open_gate(gate_actor to) {
    const std::lock_guard lock(mutex_);
    gate_ = std::move(to);
  }
  void keep(const caf::actor& one) { actors_.push_back(one); }

  std::string name_;
  net::curve_key_pair keys_ = net::make_key_pair();
  caf::actor_system_config config_;
  caf::actor_system system_;
  store_actor store_;
  std::shared_ptr<net::zmq_peers> peers_;

private:
  void note(const std::string& peer, bool is_open) {
    const std::lock_guard lock(mutex_);
    if (is_open)
      open_.insert(peer);
    else
      open_.erase(peer);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> open_;
  gate_actor gate_;
  std::vector<caf::actor> actors_;
};

class shard_node final : public node {
public:
  shard_node(const shared_record& record, std::uint32_t index, std::uint32_t shards,
             const std::string& listen = "127.0.0.1:0")
      : node(record, "shard" + std::to_string(index), listen) {
    shard_settings settings;
    settings.index = index;
    settings.shards = shards;
    const auto held = shard(system_, store_, settings, core::null_metrics());
    keep(caf::actor_cast<caf::actor>(held));
    const auto made = peer_gate(system_, held,
                                {[peers = peers_](net::call_id to, core::result<core::shared_bytes> outcome) {
                                   peers->answer(std::move(to), std::move(outcome));
                                 },
                                 [peers = peers_](net::call_id to) { peers->answer_ping(std::move(to)); }});
    keep(caf::actor_cast<caf::actor>(made));
    open_gate(made);
    EXPECT_TRUE(ask<shard_status>(held, ready_request{core::deadline::in(patience)}));
  }
};

class front_node final : public node {
public:
  front_node(const shared_record& record, std::vector<std::unique_ptr<shard_node>>& shards)
      : node(record, "front", "") {
    std::uint32_t index = 0;
    for (auto& one : shards) {
      const auto to = one->address();
      one->peers().admit({{keys_.public_key, "front"}});
      peers_->connect(to);
      remotes_.push_back(remote_shard(
          system_,
          [peers = peers_, name = to.node](std::string method, core::shared_bytes body, core::deadline until,
                                           std::function<void(core::result<core::shared_bytes>)> then) {
            peers->ask(name, std::move(method), std::move(body), until, std::move(then));
          },
          {}));
      keep(caf::actor_cast<caf::actor>(remotes_.back()));
      const auto count = static_cast<std::uint32_t>(shards.size());
      EXPECT_TRUE(ask<subscribed>(store_, subscribe_request{remotes_.back(), index++, count}));
      EXPECT_TRUE(wait_until_open(to.node));
    }
    coordinator_ = actors::coordinator(system_, remotes_, {}, core::null_metrics());
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

class peers_test : public ::testing::Test {
protected:
  static constexpr std::uint32_t shards = 3;

  void SetUp() override {
    for (std::uint32_t index = 0; index < shards; ++index)
      shards_.push_back(std::make_unique<shard_node>(record_, index, shards));
    front_ = std::make_unique<front_node>(record_, shards_);
  }

  store::collection_record create(const std::string& id, std::uint32_t partitions) {
    store::collection_record made;
    made.key = {random_.id()};
    made.id = id;
    made.model_version = "1.0";
    made.partitions = partitions;
    EXPECT_TRUE(front_->write<store::collection_record>(
        [made](store::store& into, write_outcome&) { return into.create_collection(made, {}); }));
    return made;
  }
  store::face_with_embedding make_face() {
    store::face_with_embedding made;
    made.face.id = {random_.id()};
    made.face.image = {random_.id()};
    made.face.model_version = "1.0";
    made.embedding = random_.embedding(dimension);
    return made;
  }
  static std::vector<shard::hit> brute_force(const std::vector<store::face_with_embedding>& all,
                                             const std::vector<float>& probe, std::size_t k) {
    std::vector<shard::hit> hits;
    hits.reserve(all.size());
    for (const auto& one : all)
      hits.push_back({one.face.id.id, shard::dot(one.embedding, probe)});
    std::sort(hits.begin(), hits.end(), shard::is_nearer);
    hits.resize(std::min(hits.size(), k));
    return hits;
  }
  void expect_search_is_brute_force(const store::collection_record& in,
                                    const std::vector<store::face_with_embedding>& all, std::size_t k) {
    const auto probe = random_.embedding(dimension);
    const auto answer = front_->search(in, probe, k);
    ASSERT_TRUE(answer) << answer.failure().message;
    EXPECT_EQ(answer->rows.at(0), brute_force(all, probe, k));
    EXPECT_TRUE(answer->covered.is_complete() && answer->covered.is_exact && answer->covered.is_current);
    EXPECT_EQ(answer->covered.references, all.size());
  }

  testing::random_references random_{71};
  shared_record record_;
  std::vector<std::unique_ptr<shard_node>> shards_;
  std::unique_ptr<front_node> front_; // ends before them
};

TEST_F(peers_test, the_merged_answer_is_that_of_a_search_of_everything) {
  for (const std::uint32_t partitions : {1U, 2U, 8U}) {
    const auto in = create("c" + std::to_string(partitions), partitions);
    std::vector<store::face_with_embedding> all;
    for (int round = 0; round < 6; ++round) {
      std::vector<store::face_with_embedding> added;
      for (std::size_t count = 1 + random_.below(60); count > 0; --count) {
        added.push_back(make_face());
        if (!all.empty() && random_.below(4) == 0)
          added.back().embedding = all[random_.below(all.size())].embedding; // a tie
      }
      ASSERT_TRUE(front_->add(in.key, added));
      all.insert(all.end(), added.begin(), added.end());
      for (const std::size_t k : {std::size_t{1}, std::size_t{7}, std::size_t{1'000}})
        expect_search_is_brute_force(in, all, k);
      const auto gone = random_.below(all.size());
      ASSERT_TRUE(front_->remove(in.key, {all[gone].face.id}));
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(gone));
      expect_search_is_brute_force(in, all, 20);
    }
    EXPECT_TRUE(front_->write<store::collection_record>([&](store::store& from, write_outcome& outcome) {
      auto deleted = from.delete_collection(in.id);
      outcome.dropped.push_back(in.key);
      return deleted;
    }));
    const auto after = front_->search(in, random_.embedding(dimension), 1);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->covered.references, 0U);
  }
}

TEST_F(peers_test, what_a_shard_refuses_the_front_is_told) {
  const auto in = create("c", 4);
  ASSERT_TRUE(front_->add(in.key, {make_face(), make_face(), make_face(), make_face(), make_face()}));
  EXPECT_EQ(front_->search(in, std::vector<float>(dimension), 0).failure().code, error_code::invalid_argument);
  const auto status = front_->status();
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->is_ready);
  EXPECT_EQ(status->references, 5U);
}

TEST_F(peers_test, a_node_that_is_gone_is_missed_until_it_is_back_with_all_that_was_written_meanwhile) {
  const auto in = create("c", 8);
  std::vector<store::face_with_embedding> all(40);
  std::generate(all.begin(), all.end(), [this] { return make_face(); });
  ASSERT_TRUE(front_->add(in.key, all));
  const auto address = shards_[1]->address();
  shards_[1].reset();
  ASSERT_TRUE(front_->wait_until_open("shard1", false));

  EXPECT_EQ(front_->search(in, all[0].embedding, 1).failure().code, error_code::incomplete);
  const auto partial = front_->search(in, all[0].embedding, 1, true);
  ASSERT_TRUE(partial);
  EXPECT_EQ(partial->covered.asked, 8U);
  EXPECT_EQ(partial->covered.answered, 5U); // not 1, 4 and 7
  const auto unconfirmed = make_face();
  all.push_back(unconfirmed);
  const auto added = front_->add(in.key, {unconfirmed});
  EXPECT_TRUE(added || added.failure().code == error_code::outcome_unknown); // as its partition was there or not

  shards_[1] = std::make_unique<shard_node>(record_, 1, shards, address.address);
  shards_[1]->peers().admit({{front_->keys().public_key, "front"}});
  front_->peers().connect(shards_[1]->address()); // with its new key
  ASSERT_TRUE(front_->wait_until_open("shard1"));
  expect_search_is_brute_force(in, all, 20);
}

TEST_F(peers_test, a_request_that_no_actor_knows_is_refused) {
  const auto ask = [&](const std::string& method, const std::string& body) {
    std::promise<core::result<core::shared_bytes>> ended;
    front_->peers().ask("shard0", method, std::make_shared<const core::bytes>(body.begin(), body.end()),
                        core::deadline::in(patience),
                        [&](core::result<core::shared_bytes> got) { ended.set_value(std::move(got)); });
    return ended.get_future().get();
  };
  EXPECT_EQ(ask("shard.fly", "").failure().code, error_code::unsupported);
  for (const std::string method : {"shard.search", "shard.apply", "shard.drop"})
    EXPECT_EQ(ask(method, "\xff\xff garbage").failure().code, error_code::malformed) << method;
  EXPECT_TRUE(ask("shard.status", ""));
}

} // namespace

} // namespace rollcall::actors
