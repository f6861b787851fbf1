#include "nodes/wiring.hpp"

#include "nodes/stored_videos.hpp"
#include "nodes/version.hpp"

#include <algorithm>
#include <map>
#include <sched.h>
#include <sstream>
#include <unistd.h>

namespace rollcall::nodes {

namespace {

std::size_t count(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

constexpr int rounds_a_lease = 3;

std::string host_name() {
  char host[256] = {};
  return ::gethostname(host, sizeof host - 1) == 0 ? host : "node";
}

core::result<std::uint8_t> roles_of(const std::string& words) {
  static const std::map<std::string, store::node_role> known{{"front", store::node_role::front},
                                                             {"embedder", store::node_role::embedder},
                                                             {"shard", store::node_role::shard},
                                                             {"ingest", store::node_role::ingest},
                                                             {"controller", store::node_role::controller}};
  unsigned roles = 0;
  std::istringstream all(words);
  for (std::string word; std::getline(all, word, ',');) {
    const auto found = known.find(word);
    if (found == known.end())
      return core::fail(core::error_code::invalid_config,
                        "node.roles: there is no role \"" + word
                            + "\"; roles are front, embedder, shard, ingest, controller");
    roles |= static_cast<unsigned>(found->second);
  }
  if (const auto made = static_cast<std::uint8_t>(roles);
      store::has_role(made, store::node_role::ingest) && !store::has_role(made, store::node_role::embedder))
    return core::fail(core::error_code::invalid_config,
                      "node.roles: ingest needs embedder beside it: frames are analysed where they are read");
  return static_cast<std::uint8_t>(roles);
}

void set_common(store::common_settings& made, const config::settings& from) {
  made.token_lifetime = std::chrono::duration_cast<std::chrono::hours>(from.store_token_lifetime);
  made.mutations_kept = static_cast<std::uint64_t>(from.store_mutations_kept);
}

} // namespace

front::endpoint endpoint_of(const std::string& host_and_port) {
  const auto colon = host_and_port.rfind(':');
  auto host = host_and_port.substr(0, colon);
  if (host.starts_with('['))
    host = host.substr(1, host.size() - 2);
  return {host, static_cast<std::uint16_t>(std::stoul(host_and_port.substr(colon + 1)))};
}

core::result<wire::input_list> inputs_of(const config::settings& from) {
  auto made = wire::input_list::parse(from.cameras_inputs);
  if (!made)
    return core::fail(made.failure().code, "cameras.inputs: " + made.failure().message);
  return made;
}

front::front_settings front_settings_of(const config::settings& from) {
  front::front_settings made;
  made.http = endpoint_of(from.http_listen);
  made.management = endpoint_of(from.management_listen);
  made.tls = {from.http_tls_certificate, from.http_tls_key,
              from.http_tls_min_version == "1.3" ? front::tls_version::tls_1_3 : front::tls_version::tls_1_2};
  made.limits = {count(from.http_max_connections), from.http_max_header.value, from.http_max_body.value,
                 from.http_body_memory.value,      from.http_idle_timeout,     from.http_header_timeout,
                 from.http_body_timeout,           from.http_write_timeout};
  made.realtime.listen = {from.zmq_queries, from.zmq_frames, from.zmq_events};
  made.realtime.event_queue = count(from.zmq_event_queue);
  made.threads = count(from.http_threads);
  made.gateways = count(from.http_gateways);
  made.max_in_flight = count(from.http_max_in_flight);
  made.file_workers = count(from.objects_workers);
  made.file_queue = count(from.objects_queue);
  made.max_object_bytes = from.objects_max_size.value;
  made.request_timeout = from.http_request_timeout;
  made.key_refresh = from.auth_key_refresh;
  made.last_known = from.search_last_known;
  made.buckets = from.buckets;
  made.arn = {from.aws_region, from.aws_account};
  made.partitions = static_cast<std::uint32_t>(from.search_partitions);
  made.wait_for_decision = from.decisions_wait;
  return made;
}

actors::node_settings actor_settings_of(const config::settings& from) {
  actors::node_settings made;
  made.scheduler_threads = count(from.node_scheduler_threads);
  made.shards = static_cast<std::uint32_t>(from.search_shards);
  made.embedding.queue = count(from.vision_queue);
  made.store.readers = count(from.store_readers);
  made.store.read_queue = count(from.store_read_queue);
  made.store.write_queue = count(from.store_write_queue);
  made.store.apply_timeout = from.store_apply_timeout;
  made.store.decision_backlog = count(from.decisions_backlog);
  made.shard.workers = count(from.search_workers);
  made.shard.most_compared = count(from.search_max_compared);
  made.shard.lists_from = count(from.search_lists_from);
  made.shard.queue = count(from.search_queue);
  made.coordinator.outstanding = count(from.search_outstanding);
  made.coordinator.hedge_at_most = from.search_hedge;
  return made;
}

// Asked again where a stream is opened: cameras may have been created before, or at another front.
actors::ingest_settings ingest_settings_of(const config::settings& from, const std::string& node,
                                           wire::input_list inputs) {
  actors::ingest_settings made;
  made.camera.open = [inputs =
                          std::move(inputs)](const std::string& uri) -> core::result<std::unique_ptr<actors::feed>> {
    ROLLCALL_CHECK(inputs.check(uri));
    return actors::open_video_feed(uri);
  };
  made.keeper.node = node;
  made.keeper.lease = from.cameras_lease;
  made.keeper.most = count(from.cameras_most);
  made.camera.capturing.frames_per_s = from.cameras_frames_per_second;
  made.camera.tracking.embed_every = from.cameras_best_shot_every;
  made.camera.confirmations = count(from.cameras_confirmations);
  made.keep_events = std::chrono::duration_cast<std::chrono::hours>(from.events_keep);
  made.videos.at_once = count(from.videos_at_once);
  made.videos.keep = std::chrono::duration_cast<std::chrono::hours>(from.videos_keep);
  made.videos.working.running.frames_per_s = from.videos_frames_per_second;
  made.videos.working.open = [buckets = from.buckets](const std::string& bucket, const std::string& object) {
    return open_stored_video(buckets, bucket, object);
  };
  made.videos.working.describe = describe_face;
  return made;
}

core::result<actors::cluster_settings> cluster_settings_of(const config::settings& from) {
  actors::cluster_settings made;
  auto& self = made.member.self;
  ROLLCALL_TRY(self.roles, roles_of(from.node_roles));
  self.name = from.node_name.empty() ? host_name() : from.node_name;
  self.zone = from.node_zone;
  self.capacity = from.node_capacity;
  self.version = version;
  made.member.lease = from.cluster_lease;
  made.member.wants_token = made.controller.wants_token = from.cluster_admission == "token";
  made.round = from.cluster_lease / rounds_a_lease;
  made.controller.dead_after = from.cluster_dead_after;
  made.controller.plan.replicas = count(from.cluster_replicas);
  made.listen = from.cluster_listen;
  made.advertise = from.cluster_advertise;
  if (!made.advertise.empty() && made.advertise.find(':') == std::string::npos)
    return core::fail(core::error_code::invalid_config,
                      "cluster.advertise: " + made.advertise + " has no port; write HOST:PORT");
  return made;
}

webhook_settings webhook_settings_of(const config::settings& from, const std::filesystem::path& data_dir) {
  webhook_settings made;
  made.url = from.webhook_url;
  made.secret_file = from.webhook_secret_file;
  made.ca_file = from.webhook_ca_file;
  made.cursor_file = data_dir / "webhook.cursor";
  made.timeout = from.webhook_timeout;
  std::istringstream all(from.webhook_kinds);
  for (std::string kind; std::getline(all, kind, ',');)
    made.kinds.insert(kind);
  return made;
}

actors::snapshot_limits snapshot_limits_of(const config::settings& from) {
  return {static_cast<std::uint64_t>(from.snapshots_after_mutations), from.snapshots_after, from.snapshots_scrub_after};
}

store::sqlite_settings sqlite_settings_of(const config::settings& from) {
  store::sqlite_settings made;
  made.readers = count(from.store_readers);
  set_common(made, from);
  return made;
}

store::postgres_settings postgres_settings_of(const config::settings& from, const std::filesystem::path& data_dir) {
  store::postgres_settings made;
  made.key_file = from.store_key_file.empty() ? data_dir / "secrets.key" : std::filesystem::path{from.store_key_file};
  made.readers = count(from.store_readers);
  made.patience = from.store_timeout;
  set_common(made, from);
  return made;
}

vision::analyzer_settings analyzer_settings_of(const config::settings& from) {
  vision::analyzer_settings made;
  made.decode.max_pixels = count(from.vision_max_pixels);
  made.min_face_px = static_cast<float>(from.vision_min_face_px);
  made.max_faces = count(from.vision_max_faces);
  if (from.vision_min_confidence > 0)
    made.min_confidence = static_cast<float>(from.vision_min_confidence);
  made.crops = vision::parse_crop_set(from.vision_crops); // none for "manifest"
  made.age = from.vision_attributes_age;
  made.gender = from.vision_attributes_gender;
  made.expression = from.vision_attributes_expression;
  return made;
}

std::uint64_t memory_budget_of(const config::settings& from, std::uint64_t usable_bytes) noexcept {
  return from.search_memory_budget.value > 0 ? from.search_memory_budget.value : usable_bytes / 2;
}

std::size_t vision_workers_of(const config::settings& from) {
  if (from.vision_workers > 0)
    return count(from.vision_workers);
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
}

} // namespace rollcall::nodes
