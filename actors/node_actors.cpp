#include "actors/node_actors.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::actors {

namespace {

// CAF's sharing scheduler sleeps when idle, where its default polls; and it is the faster one on few threads.
caf::actor_system_config make_config(const node_settings& settings) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", settings.scheduler_threads);
  return config;
}

struct range {
  const char* name;
  std::size_t value;
  std::size_t least;
  std::size_t most;
};

core::status check(const node_settings& settings, std::size_t workers) {
  const range ranges[] = {
      {"scheduler_threads", settings.scheduler_threads, 1, 64},
      {"workers", workers, settings.is_clustered ? 0U : 1U, 1'024},
      {"embedders", settings.embedders, 1, std::max<std::size_t>(workers, 1)},
      {"shards", settings.shards, settings.is_clustered ? 0U : 1U, settings.is_clustered ? 1U : 256U},
      {"embedding.queue", settings.embedding.queue, 1, 65'536},
      {"embedding_pool.outstanding", settings.embedding_pool.outstanding, 1, 65'536},
      {"store.readers", settings.store.readers, 1, 64},
      {"store.read_queue", settings.store.read_queue, 1, 65'536},
      {"store.write_queue", settings.store.write_queue, 1, 65'536},
      {"store.decision_backlog", settings.store.decision_backlog, 1, 1'048'576},
      {"shard.workers", settings.shard.workers, 1, 256},
      {"shard.most_compared", settings.shard.most_compared, 4'097, 1'000'000'000},
      {"shard.queue", settings.shard.queue, 1, 65'536},
      {"shard.page", settings.shard.page, 1, 65'536},
      {"coordinator.outstanding", settings.coordinator.outstanding, 1, 65'536},
  };
  for (const auto& [name, value, least, most] : ranges)
    if (value < least || value > most)
      return core::fail(core::error_code::invalid_config, std::string{name} + " must be between "
                                                              + std::to_string(least) + " and " + std::to_string(most)
                                                              + ".");
  return core::nothing{};
}

// Deals the workers out to `actors` EMBEDDING actors, as evenly as they go.
std::vector<std::vector<vision_worker>> deal(std::vector<vision_worker> workers, std::size_t actors) {
  std::vector<std::vector<vision_worker>> dealt(actors);
  for (std::size_t at = 0; at < workers.size(); ++at)
    dealt[at % actors].push_back(std::move(workers[at]));
  return dealt;
}

// Asks the actors to end and waits until they have; false when the time is over first.
bool end_all(caf::actor_system& system, const std::vector<caf::actor>& stage, core::deadline until) {
  caf::scoped_actor self{system};
  for (const auto& one : stage) {
    self->monitor(one);
    caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  }
  bool is_late = false;
  for (std::size_t ended = 0; ended < stage.size() && !is_late; ++ended)
    self->receive([](const caf::down_msg&) {}, caf::after(until.left()) >> [&] { is_late = true; });
  return !is_late;
}

} // namespace

node_actors::node_actors(const node_settings& settings) : config_(make_config(settings)), system_(config_) {}

core::result<std::unique_ptr<node_actors>> node_actors::start(const node_settings& settings,
                                                              std::vector<vision_worker> workers,
                                                              std::unique_ptr<store::store> store,
                                                              core::metric_registry& metrics,
                                                              std::optional<embedding_model> model) {
  ROLLCALL_CHECK(check(settings, workers.size()));
  if (settings.ingest && (workers.empty() || !model))
    return core::fail(core::error_code::invalid_config, "Cameras need workers on the same node.");
  if (!store)
    return core::fail(core::error_code::invalid_config, "There is no store.");
  std::unique_ptr<node_actors> node{new node_actors(settings)};
  auto& system = node->system_;
  node->store_ = actors::store(system, std::move(store), settings.store, metrics);
  auto coordinating = settings.coordinator;
  coordinating.is_clustered = settings.is_clustered;
  if (!settings.is_clustered)
    coordinating.hedge_at_most = {}; // there is no other replica
  if (settings.is_clustered && settings.shards > 0) {
    node->placed_ = placed_shard(system, node->store_, settings.shard, metrics);
    node->shards_.emplace_back(node->placed_);
  } else if (!settings.is_clustered) {
    for (std::uint32_t index = 0; index < settings.shards; ++index) {
      auto own = settings.shard;
      own.index = index;
      own.shards = settings.shards;
      node->shards_.push_back(shard(system, node->store_, own, metrics));
    }
  }
  node->coordinator_ = actors::coordinator(system, node->shards_, coordinating, metrics);
  std::vector<embedding_member> members;
  const auto embedders = workers.empty() ? 0 : settings.embedders;
  for (auto& own : deal(std::move(workers), embedders)) {
    const auto count = own.size();
    const auto name = std::to_string(members.size());
    node->embedders_.push_back(actors::embedding(system, std::move(own), settings.embedding, metrics, name));
    members.push_back({node->embedders_.back(), count});
  }
  node->embedding_ = embedding_pool(system, std::move(members), settings.embedding_pool, metrics);
  if (settings.ingest)
    node->ingest_ = actors::ingest(
        system, *settings.ingest,
        {node->embedders_.front(), node->coordinator_, node->store_, model->curve, model->version}, metrics);
  return node;
}

node_actors::~node_actors() {
  if (!stop(std::chrono::seconds{10}))
    core::log(core::log_level::failure, "node", "work still runs; waiting for it");
}

core::status node_actors::wait_until_ready(core::deadline until) {
  caf::scoped_actor self{system_};
  for (const auto& one : shards_) {
    core::status outcome = core::nothing{};
    // A little longer than the actor itself waits, so that its own answer arrives.
    self->request(one, until.left() + std::chrono::milliseconds{500}, ready_request{until})
        .receive([](const shard_status&) {}, [&](const caf::error& failed) { outcome = to_core(failed); });
    ROLLCALL_CHECK(std::move(outcome));
  }
  return core::nothing{};
}

void node_actors::end_cameras(std::chrono::milliseconds grace) {
  if (const auto ending = std::exchange(ingest_, nullptr))
    if (!end_all(system_, {caf::actor_cast<caf::actor>(ending)}, core::deadline::in(grace)))
      core::log(core::log_level::warning, "node", "a camera has not ended in time");
}

bool node_actors::stop(std::chrono::milliseconds grace) {
  if (has_stopped_)
    return true;
  const auto until = core::deadline::in(grace);
  end_cameras(grace);
  const auto untyped = [](const auto& handles) {
    std::vector<caf::actor> stage;
    stage.reserve(handles.size());
    for (const auto& one : handles)
      stage.push_back(caf::actor_cast<caf::actor>(one));
    return stage;
  };
  // The pool goes after its members, so that it passes their last answers on. Every stage is told to end, even when an
  // earlier one has used up the grace.
  has_stopped_ = true;
  for (const auto& stage : {untyped(embedders_), untyped(std::vector{embedding_}), untyped(std::vector{coordinator_}),
                            untyped(shards_), untyped(std::vector{store_})})
    has_stopped_ = end_all(system_, stage, until) && has_stopped_;
  return has_stopped_;
}

} // namespace rollcall::actors
