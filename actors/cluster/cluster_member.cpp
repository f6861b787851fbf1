#include "actors/cluster/cluster_member.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::actors {

namespace {

// A node whose last heartbeat is older takes no cameras.
constexpr std::chrono::seconds long_silent{5};

// A SHARD that has not noted its heads for so long does not work.
constexpr std::chrono::milliseconds follow_timeout{2'000};

// Asks an actor from a thread that may block.
template <class Reply, class Handle, class Message>
core::result<Reply> ask(caf::actor_system& system, const Handle& whom, std::chrono::milliseconds within,
                        Message message) {
  caf::scoped_actor self{system};
  core::result<Reply> answer = core::error{};
  self->request(whom, within, std::move(message))
      .receive([&](Reply& reply) { answer = std::move(reply); }, [&](caf::error& failed) { answer = to_core(failed); });
  return answer;
}

ingest_share share_of(const std::vector<store::node_record>& nodes, const std::string& self) {
  ingest_share found;
  double own = 1;
  double others = 0;
  for (const auto& node : nodes) {
    if (node.name == self) {
      own = node.capacity;
      found.is_leaving = node.state == store::node_state::draining;
    } else if (node.state == store::node_state::active && !node.has_left && node.since_beat < long_silent
               && store::has_role(node.roles, store::node_role::ingest)) {
      others += node.capacity;
    }
  }
  found.part = own / (own + others);
  return found;
}

} // namespace

cluster_member::cluster_member(std::unique_ptr<store::membership> members, cluster_settings settings,
                               core::metric_registry& metrics)
    : members_(std::move(members)),
      settings_(std::move(settings)),
      metrics_(metrics),
      member_(*members_, settings_.member,
              {has_role(store::node_role::shard) ? [this](follow_request request) { return follow(std::move(request)); }
                                                 : std::function<core::result<followed>(follow_request)>{},
               [this](const auto& nodes, const auto& map) { learn(nodes, map); },
               [this](const auto& nodes) { see(nodes); }}) {}

// Seen with each round: a node that has been silent for long does not hold up the first write that meets it.
void cluster_member::see(const std::vector<store::node_record>& nodes) {
  metrics_.count(nodes);
  if (settings_.memory)
    settings_.memory->see(nodes);
  for (const auto& node : nodes)
    leases_->see(node.name, node.lease, std::chrono::steady_clock::now());
  if (const auto cameras = actors_->ingest())
    caf::anon_send(cameras, share_of(nodes, settings_.member.self.name));
}

bool cluster_member::has_role(store::node_role role) const {
  return store::has_role(settings_.member.self.roles, role);
}

core::result<std::unique_ptr<cluster_member>> cluster_member::join(std::unique_ptr<store::membership> members,
                                                                   cluster_settings settings,
                                                                   core::metric_registry& metrics) {
  settings.member.self.public_key = settings.keys.public_key;
  std::unique_ptr<cluster_member> made{new cluster_member(std::move(members), std::move(settings), metrics)};
  ROLLCALL_CHECK(made->member_.join());
  ROLLCALL_CHECK(made->listen());
  return made;
}

core::status cluster_member::listen() {
  ROLLCALL_TRY(cluster_, members_->cluster_id());
  net::peer_settings settings;
  settings.self = {cluster_, settings_.member.self.name, member_.generation()};
  settings.listen = settings_.listen;
  settings.keys = settings_.keys;
  net::peer_handlers handlers;
  handlers.serve = [this](const net::call_id& call, net::peer_request request) {
    if (const auto open = gate())
      caf::anon_send(open, peer_call{call, std::move(request)});
    else
      peers_->answer(call, core::fail(core::error_code::unavailable, "The node is starting."));
  };
  handlers.ping = [this](const net::call_id& call) {
    if (const auto open = gate())
      caf::anon_send(open, peer_ping{call});
  };
  handlers.changed = [this](const std::string& node, bool is_open) { note(node, is_open); };
  ROLLCALL_TRY(peers_, net::zmq_peers::start(std::move(settings), std::move(handlers)));
  return member_.announce(settings_.advertise.empty() ? peers_->address() : settings_.advertise);
}

gate_actor cluster_member::gate() {
  const std::lock_guard lock(mutex_);
  return gate_;
}

void cluster_member::open_gate() {
  gate_workers workers;
  if (has_role(store::node_role::shard))
    workers.shard = workers.placed = actors_->placed();
  if (has_role(store::node_role::embedder))
    workers.embedding = actors_->embedders().front();
  workers.ingest = actors_->ingest();
  const auto made = peer_gate(actors_->system(), std::move(workers),
                              {[peers = peers_](net::call_id to, core::result<core::shared_bytes> outcome) {
                                 peers->answer(std::move(to), std::move(outcome));
                               },
                               [peers = peers_](net::call_id to) { peers->answer_ping(std::move(to)); }});
  const std::lock_guard lock(mutex_);
  gate_ = made;
}

void cluster_member::note(const std::string& peer, bool is_open) {
  core::log(core::log_level::note, "member", is_open ? "a peer is connected" : "a peer is gone", {{"node", peer}});
  {
    const std::lock_guard lock(mutex_);
    if (is_open)
      open_.insert(peer);
    else
      open_.erase(peer);
  }
  wake_.notify_all();
}

void cluster_member::wait_for_peers() {
  std::unique_lock lock(mutex_);
  const bool all = wake_.wait_for(lock, settings_.greeting, [this] {
    return std::all_of(met_.begin(), met_.end(), [this](const auto& one) { return open_.contains(one.first); });
  });
  if (!all)
    core::log(core::log_level::warning, "member", "not every node of the cluster is connected yet");
}

core::status cluster_member::start(node_actors& actors, std::function<void()> displaced) {
  actors_ = &actors;
  displaced_ = std::move(displaced);
  open_gate();
  desk_ =
      cluster_desk(actors.system(), members_,
                   {settings_.member.self.name, settings_.controller.plan.replicas, settings_.member.lease, leases_});
  frames_ = frame_router(actors.system());
  proxies_.emplace(actors, settings_.member.self, settings_.model_version,
                   [this](const std::string& node) { return ask_of(node); });
  // Whoever has snapshots of what this node is to hold is known before it loads.
  ROLLCALL_TRY(const auto nodes, members_->list_nodes());
  ROLLCALL_TRY(const auto map, members_->find_map());
  see(nodes);
  learn(nodes, map);
  wait_for_peers();
  ROLLCALL_CHECK(member_.run());
  rounds_ = std::thread([this] { keep_rounds(); });
  if (has_role(store::node_role::controller))
    controller_ = std::thread([this] { keep_controller(); });
  return core::nothing{};
}

cluster_member::~cluster_member() {
  stop();
}

void cluster_member::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_all();
  for (auto* thread : {&rounds_, &controller_})
    if (thread->joinable())
      thread->join();
  if (!peers_)
    return;
  if (proxies_)
    proxies_->dismiss();
  if (frames_)
    caf::anon_send_exit(frames_, caf::exit_reason::user_shutdown);
  if (const auto open = gate())
    caf::anon_send_exit(open, caf::exit_reason::user_shutdown);
  if (desk_)
    caf::anon_send_exit(desk_, caf::exit_reason::user_shutdown);
  member_.leave();
}

// True when the object ends.
bool cluster_member::wait(std::chrono::milliseconds span) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, span, [this] { return is_ending_; });
}

// -- rounds

core::result<followed> cluster_member::follow(follow_request request) {
  return ask<followed>(actors_->system(), actors_->placed(), follow_timeout, std::move(request));
}

void cluster_member::keep_rounds() {
  auto next = core::deadline::in(settings_.round);
  while (!wait(std::min(settings_.poll, next.left()))) {
    const auto is_new = member_.has_new_map();
    if (!next.has_passed() && !(is_new && *is_new))
      continue;
    const auto done = member_.run();
    next = core::deadline::in(done && done->is_more ? std::chrono::milliseconds{0} : settings_.round);
    if (!done) {
      metrics_.failed_rounds.add();
      core::log(core::log_level::warning, "member", "the store is out of reach",
                {{"error", done.failure().message}, {"context", done.failure().context}});
    } else if (done->is_displaced) {
      core::log(core::log_level::failure, "member",
                "this node was removed, or another process or key has its name; it stops");
      return displaced_();
    }
  }
}

// Whom this node sends requests to: fronts ask shards and embedders, cameras ask shards, shards ask one another.
bool cluster_member::is_asked(const store::node_record& node) const {
  using enum store::node_role;
  if (node.address.empty())
    return false;
  return (store::has_role(node.roles, shard) && (has_role(front) || has_role(shard) || has_role(ingest)))
         || (store::has_role(node.roles, embedder) && has_role(front));
}

void cluster_member::meet(const std::vector<store::node_record>& nodes) {
  std::map<std::string, std::string> admitted;
  std::map<std::string, net::peer_address> met;
  for (const auto& node : nodes) {
    if (node.state == store::node_state::dead || node.name == settings_.member.self.name)
      continue;
    if (settings_.member.wants_token && !node.has_joined) {
      core::log(core::log_level::warning, "member", "a node is not let in: its key has not joined by a token",
                {{"node", node.name}, {"key", node.public_key}});
      continue;
    }
    admitted.emplace(node.public_key, node.name);
    if (is_asked(node))
      met.emplace(node.name, net::peer_address{node.name, node.address, node.public_key});
  }
  peers_->admit(std::move(admitted));
  for (const auto& [name, address] : met)
    if (const auto known = met_.find(name); known == met_.end() || known->second != address) {
      if (known != met_.end())
        peers_->disconnect(name);
      peers_->connect(address);
    }
  for (const auto& [name, address] : met_)
    if (!met.contains(name))
      peers_->disconnect(name);
  met_ = std::move(met);
}

peer_ask cluster_member::ask_of(const std::string& node) const {
  return [peers = peers_, node](std::string method, core::shared_bytes body, core::deadline until,
                                std::function<void(core::result<core::shared_bytes>)> then) {
    peers->ask(node, std::move(method), std::move(body), until, std::move(then));
  };
}

void cluster_member::learn(const std::vector<store::node_record>& nodes, const store::cluster_map& map) {
  if (settings_.memory)
    settings_.memory->learn(map);
  meet(nodes);
  const auto is_met = [this](const std::string& node) { return met_.contains(node); };
  const routes_message message{proxies_->find_routes(nodes, is_met, map)};
  caf::anon_send(actors_->coordinator(), message);
  caf::anon_send(actors_->store(), message);
  caf::anon_send(actors_->embedding(), message);
  caf::anon_send(frames_, proxies_->find_frame_routes(nodes, is_met));
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
    replicas_ = message.routes->replicas;
  }
  wake_.notify_all();
}

// -- what others ask

find_holders cluster_member::holders() const {
  return [members = members_, leases = leases_](
             const std::vector<core::mutation_batch>& mutations) -> core::result<std::vector<partition_holder>> {
    std::map<core::collection_key, std::vector<std::uint32_t>> asked;
    for (const auto& batch : mutations)
      asked[batch.collection].push_back(batch.partition);
    std::vector<partition_holder> all;
    for (const auto& [collection, partitions] : asked) {
      ROLLCALL_TRY(auto found, members->find_holders(collection, partitions));
      const auto answered = std::chrono::steady_clock::now();
      for (auto& one : found) {
        const auto left = leases->see(one.node, one.lease, answered);
        all.push_back({{collection, one.partition}, std::move(one.node), left, one.lease.number});
      }
    }
    return all;
  };
}

// So long that writes wait for a node once while it can't be reached; ends by itself where its writer has gone.
node_fence cluster_member::fence() const {
  return {[members = members_, span = settings_.member.lease * 10](const std::string& node, std::uint64_t lease) {
            const auto fenced = members->fence(node, lease, span);
            if (fenced && *fenced)
              core::log(core::log_level::warning, "member",
                        "a node does not confirm writes though it reaches the store; it gets no lease for a while",
                        {{"node", node}});
          },
          [members = members_](const std::string& node) {
            static_cast<void>(members->end_fence(node).has_value()); // else it ends by itself
          }};
}

snapshot_settings cluster_member::snapshots(std::filesystem::path directory, const snapshot_limits& limits) const {
  snapshot_settings made;
  made.directory = std::move(directory);
  made.cluster = cluster_;
  made.limits = limits;
  made.remember = [members = members_,
                   self = settings_.member.self.name](const partition_key& key, const core::sha256_digest& digest,
                                                      const std::optional<core::sha256_digest>& kept) {
    return members->remember_snapshot(self, {key.first, key.second, digest}, kept);
  };
  made.is_known = [members = members_](const partition_key& key, const core::sha256_digest& digest) {
    return members->knows_snapshot({key.first, key.second, digest});
  };
  made.peers = [this](const partition_key& key) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> nodes;
    if (const auto found = replicas_.find(key); found != replicas_.end())
      nodes = found->second;
    std::erase_if(nodes, [this](const std::string& one) { return !open_.contains(one); }); // this node, too
    return nodes;
  };
  made.ask = [peers = peers_](const std::string& node, std::string method, core::shared_bytes body,
                              core::deadline until, std::function<void(core::result<core::shared_bytes>)> then) {
    peers->ask(node, std::move(method), std::move(body), until, std::move(then));
  };
  return made;
}

core::result<std::vector<store::partition_head>> cluster_member::list_heads() {
  using heads = core::result<std::vector<store::partition_head>>;
  constexpr std::chrono::milliseconds within{10'000};
  auto reply = ask<store_reply>(
      actors_->system(), actors_->store(), within,
      store_read{[](store::store& from) -> std::any { return from.list_heads(); }, core::deadline::in(within)});
  if (!reply)
    return std::move(reply).failure();
  return std::any_cast<heads>(std::move(reply->value));
}

void cluster_member::keep_controller() {
  const auto holder = settings_.member.self.name + " " + std::to_string(member_.generation());
  controller leading([this] { return list_heads(); }, *members_, holder, settings_.controller);
  std::uint64_t seen = 0;
  while (true) {
    const auto done = leading.run();
    metrics_.controls.set(done && done->is_controller ? 1 : 0);
    metrics_.lacking.set(done ? static_cast<double>(done->lacking) : 0);
    if (!done)
      core::log(core::log_level::warning, "controller", "a round failed",
                {{"error", done.failure().message}, {"context", done.failure().context}});
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, settings_.round, [&] { return is_ending_ || changes_ != seen; });
    seen = changes_;
    if (is_ending_)
      break;
  }
  leading.resign();
}

} // namespace rollcall::actors
