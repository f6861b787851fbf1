#include "nodes/node.hpp"

#include "actors/node_actors.hpp"
#include "core/digest.hpp"
#include "core/log.hpp"
#include "nodes/event_reader.hpp"
#include "nodes/figures.hpp"
#include "nodes/inspection.hpp"
#include "nodes/key_file.hpp"
#include "nodes/machine_memory.hpp"
#include "nodes/prometheus_metrics.hpp"
#include "nodes/record.hpp"
#include "nodes/resources.hpp"
#include "nodes/version.hpp"
#include "nodes/wiring.hpp"
#include "shard/codes/scan.hpp"
#include "vision/face_analyzer.hpp"
#include "vision/model_manifest.hpp"
#include "vision/runtime.hpp"

namespace rollcall::nodes {

// In order of construction; destroyed in reverse.
struct node::parts {
  core::system_wall_clock clock;
  prometheus_metrics metrics;
  std::shared_ptr<const vision::model_manifest> manifest;
  std::unique_ptr<vision::runtime> runtime; // outlives the analyzers, which the actors own
  std::shared_ptr<actors::memory_watch> memory;
  std::unique_ptr<actors::cluster_member> member; // of a cluster; the actors use its peers until they have ended
  std::unique_ptr<actors::node_actors> actors;
  std::unique_ptr<front::front> front;
  std::unique_ptr<webhook> hook; // null: there is none

  front::front_parts front_parts(core::bytes page_token_key, std::function<std::string()> inspect);
};

front::front_parts node::parts::front_parts(core::bytes page_token_key, std::function<std::string()> inspect) {
  const auto& embedder = manifest->embedder;
  return {actors->system(),
          actors->embedding(),
          actors->store(),
          actors->coordinator(),
          member ? member->desk() : actors::cluster_actor{},
          member ? member->frames() : actors::ingest_actor{actors->ingest()},
          manifest->similarity,
          {embedder.version, embedder.dimension, runtime ? runtime->name() : "that of the embedders"},
          version,
          std::move(page_token_key),
          metrics,
          [this] { return metrics.text(); },
          std::move(inspect),
          clock,
          [watch = memory](core::collection_key collection, store::partition_range range,
                           std::span<const std::uint32_t> partitions) {
            return watch->find_room(collection, range, partitions);
          }};
}

namespace {

core::result<front::bound_socket> bind_socket(const front::endpoint& at, const std::string& option) {
  auto bound = front::bound_socket::bind(at);
  if (bound)
    return bound;
  auto failed = std::move(bound).failure();
  failed.message += "; choose another with " + option + " HOST:PORT, or " + option + " "
                    + front::to_string({at.host, 0}) + " for a free one";
  return failed;
}

// Only a front listens beyond the management port, and only with a key where others reach it.
core::result<front::front_sockets> bind_sockets(const front::front_settings& with, store::store& record,
                                                bool is_front) {
  std::optional<front::bound_socket> http;
  if (is_front) {
    ROLLCALL_TRY(const auto keys, record.list_keys());
    ROLLCALL_CHECK(front::check_exposure(with.http, !keys.empty()));
    ROLLCALL_TRY(http, bind_socket(with.http, "--http"));
  }
  ROLLCALL_TRY(auto management, bind_socket(with.management, "--management"));
  return front::front_sockets{std::move(http), std::move(management)};
}

struct loaded_vision {
  std::shared_ptr<const vision::model_manifest> manifest;
  std::unique_ptr<vision::runtime> runtime; ///< null where pictures are analysed elsewhere
  std::vector<actors::vision_worker> workers;
};

// std::function wants a copyable callable.
actors::vision_worker worker_of(std::shared_ptr<vision::face_analyzer> owned) {
  return {[owned](core::byte_view encoded, const vision::analyze_options& options) {
            return owned->analyze(encoded, options);
          },
          [owned](const vision::bgr8_image& frame, const vision::analyze_options& options) {
            return owned->analyze(frame, options);
          },
          [owned](const vision::bgr8_image& aligned) { return owned->embed(aligned); }};
}

core::result<loaded_vision> load_vision(const config::settings& with, bool is_embedder) {
  loaded_vision made;
  ROLLCALL_TRY(const auto found, find_resources(with));
  ROLLCALL_TRY(auto manifest, vision::load(found.manifest, found.models_dir));
  made.manifest = std::make_shared<const vision::model_manifest>(std::move(manifest));
  if (!is_embedder)
    return made;
  ROLLCALL_TRY(const auto choice, vision::parse_runtime_choice(with.vision_runtime));
  ROLLCALL_TRY(made.runtime, vision::make_runtime(choice, found.onnxruntime));
  const auto settings = analyzer_settings_of(with);
  for (std::size_t worker = 0; worker < vision_workers_of(with); ++worker) {
    ROLLCALL_TRY(auto analyzer, vision::face_analyzer::make(made.manifest, *made.runtime, settings));
    made.workers.push_back(worker_of(std::move(analyzer)));
  }
  core::log(core::log_level::note, "node", "models loaded",
            {{"version", made.manifest->embedder.version},
             {"runtime", made.runtime->name()},
             {"workers", std::to_string(made.workers.size())}});
  return made;
}

// Without others to share them with, a node has all roles but the controller's.
core::status check_roles(std::uint8_t roles, bool is_clustered) {
  using enum store::node_role;
  if (is_clustered || (has_role(roles, front) && has_role(roles, embedder) && has_role(roles, shard)))
    return core::nothing{};
  return core::fail(core::error_code::invalid_config,
                    "node.roles: a node without a PostgreSQL store has nobody to share "
                    "roles with; leave them out, or set store.uri");
}

// Takes the node's place in the cluster. Its key is made at its first start, where there is none.
core::result<std::unique_ptr<actors::cluster_member>> join(std::unique_ptr<store::membership> members,
                                                           actors::cluster_settings settings,
                                                           const std::filesystem::path& data_dir,
                                                           core::metric_registry& metrics) {
  ROLLCALL_TRY(const auto secret, read_or_make_key(data_dir / "node.key", node_key_bytes));
  ROLLCALL_TRY(settings.keys, net::pair_of(core::byte_view{secret}));
  return actors::cluster_member::join(std::move(members), std::move(settings), metrics);
}

void note_versions(core::metric_registry& metrics, const std::string& model) {
  metrics
      .make_gauge("rollcall_node_info", "1, with what the node runs as labels",
                  {{"version", version}, {"model_version", model}})
      .set(1);
}

// A secret that lies in `file`; of a cluster's nodes the same one, made of the key that they share.
core::result<core::bytes> find_secret(const config::settings& with, const std::filesystem::path& data_dir,
                                      bool is_clustered, const char* file, std::string_view purpose) {
  constexpr std::size_t key_bytes = 32;
  if (!is_clustered)
    return read_or_make_key(data_dir / file, key_bytes);
  ROLLCALL_TRY(const auto shared, read_or_make_key(postgres_settings_of(with, data_dir).key_file, key_bytes));
  const auto key = core::hmac_sha256(shared, core::bytes{purpose.begin(), purpose.end()});
  return core::bytes{key.begin(), key.end()};
}

// By which clients of the ZeroMQ plane know that it is ours.
core::status find_realtime_keys(front::realtime_settings& realtime, const config::settings& with,
                                const std::filesystem::path& data_dir, bool is_clustered) {
  if (!realtime.listen.is_on())
    return core::nothing{};
  ROLLCALL_TRY(const auto secret, find_secret(with, data_dir, is_clustered, "zmq.key", "zeromq server"));
  ROLLCALL_TRY(realtime.keys, net::pair_of(core::byte_view{secret}));
  return core::nothing{};
}

std::function<std::string(const actors::shard_work&)> figures_by(const prometheus_metrics& metrics) {
  return [&metrics, started = std::chrono::steady_clock::now()](const actors::shard_work& work) {
    return figures_of(metrics, std::chrono::steady_clock::now() - started, work);
  };
}

std::shared_ptr<actors::memory_watch> watch_memory(const config::settings& with, const std::string& name,
                                                   core::metric_registry& metrics) {
  const auto usable = usable_memory();
  const auto budget = memory_budget_of(with, usable);
  metrics.make_gauge("rollcall_shard_memory_budget_bytes", "Memory that the references of the node may take", {})
      .set(static_cast<double>(budget));
  core::log(core::log_level::note, "node", "references",
            {{"budget_bytes", std::to_string(budget)},
             {"usable_bytes", std::to_string(usable)},
             {"searched_by", std::string{shard::name_of(shard::best_scan_kernel())}}});
  return std::make_shared<actors::memory_watch>(name, budget);
}

} // namespace

core::result<std::unique_ptr<node>> node::start(const config::settings& with, std::function<void()> displaced) {
  const std::filesystem::path data_dir =
      with.node_data_dir.empty() ? config::default_data_dir() : std::filesystem::path{with.node_data_dir};
  auto made = std::make_unique<parts>();
  // What can be refused is refused before the models load.
  ROLLCALL_TRY(const auto inputs, inputs_of(with));
  auto front_settings = front_settings_of(with);
  front_settings.inputs = inputs;
  ROLLCALL_CHECK(front::check(front_settings, made->clock.now()));
  ROLLCALL_TRY(auto cluster, cluster_settings_of(with));
  const auto roles = cluster.member.self.roles;
  const auto name = cluster.member.self.name;
  ROLLCALL_TRY(auto record, open_record(with, data_dir));
  ROLLCALL_CHECK(check_roles(roles, record.members != nullptr));
  ROLLCALL_TRY(auto sockets,
               bind_sockets(front_settings, *record.store, store::has_role(roles, store::node_role::front)));
  const bool is_clustered = record.members != nullptr;
  ROLLCALL_TRY(auto page_token_key, find_secret(with, data_dir, is_clustered, "page_token.key", "page tokens"));
  ROLLCALL_CHECK(find_realtime_keys(front_settings.realtime, with, data_dir, is_clustered));
  ROLLCALL_TRY(auto seeing, load_vision(with, store::has_role(roles, store::node_role::embedder)));
  made->manifest = std::move(seeing.manifest);
  made->runtime = std::move(seeing.runtime);
  auto actor_settings = actor_settings_of(with);
  made->memory = watch_memory(with, name, made->metrics);
  actor_settings.shard.memory = made->memory;
  if (record.members) {
    cluster.model_version = made->manifest->embedder.version;
    cluster.member.figures = figures_by(made->metrics);
    cluster.memory = made->memory;
    if (store::has_role(roles, store::node_role::shard))
      cluster.member.memory = [watch = made->memory] { return watch->here(); };
    ROLLCALL_TRY(made->member, join(std::move(record.members), std::move(cluster), data_dir, made->metrics));
    actor_settings.is_clustered = true;
    actor_settings.shards = store::has_role(roles, store::node_role::shard) ? 1 : 0;
    actor_settings.store.holders = made->member->holders();
    actor_settings.store.fence = made->member->fence();
    if (with.decisions_spool > 0) {
      ROLLCALL_TRY(
          actor_settings.store.spool,
          store::decision_spool::open(data_dir / "decisions.spool", static_cast<std::size_t>(with.decisions_spool)));
    }
    actor_settings.shard.snapshots = made->member->snapshots(data_dir / "snapshots", snapshot_limits_of(with));
    actor_settings.shard.snapshots.references_stay = with.snapshots_references == "file";
  }
  if (store::has_role(roles, store::node_role::ingest))
    actor_settings.ingest = ingest_settings_of(with, name, inputs);
  ROLLCALL_TRY(made->actors,
               actors::node_actors::start(
                   actor_settings, std::move(seeing.workers), std::move(record.store), made->metrics,
                   actors::embedding_model{made->manifest->similarity, made->manifest->embedder.version}));
  if (made->member)
    ROLLCALL_CHECK(made->member->start(*made->actors, std::move(displaced)));
  note_versions(made->metrics, made->manifest->embedder.version);
  auto needed = made->front_parts(std::move(page_token_key), [with, data_dir] { return inspect(with, data_dir); });
  ROLLCALL_TRY(made->front, front::front::start(std::move(front_settings), std::move(needed), std::move(sockets)));
  const webhook_counters counted{made->metrics};
  if (!with.webhook_url.empty()) {
    ROLLCALL_TRY(made->hook,
                 webhook::start(webhook_settings_of(with, data_dir), read_events_by(*made->actors), counted));
  }
  const auto http = made->front->http();
  core::log(core::log_level::note, "node", "serving",
            {{"http", http ? to_string(*http) : "none"},
             {"management", to_string(made->front->management())},
             {"data_dir", data_dir.string()}});
  return std::unique_ptr<node>{new node{std::move(made)}};
}

node::node(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
node::~node() = default;

core::status node::wait_until_ready(core::deadline until) {
  return parts_->actors->wait_until_ready(until);
}

core::status node::check_alive(core::deadline until) {
  return parts_->front->check_alive(until);
}

std::optional<front::endpoint> node::http() const {
  return parts_->front->http();
}
const front::endpoint& node::management() const noexcept {
  return parts_->front->management();
}

bool node::stop(std::chrono::milliseconds grace) {
  parts_->hook.reset();
  parts_->front->stop(grace);
  parts_->actors->end_cameras(grace);
  if (parts_->member)
    parts_->member->stop();
  return parts_->actors->stop(grace + std::chrono::seconds{1});
}

} // namespace rollcall::nodes
