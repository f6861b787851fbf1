#include "nodes/wiring.hpp"

#include <algorithm>
#include <sched.h>

namespace rollcall::nodes {

namespace {

std::size_t count(std::int64_t value) {
  return static_cast<std::size_t>(value);
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

front::front_settings front_settings_of(const config::settings& from) {
  front::front_settings made;
  made.http = endpoint_of(from.http_listen);
  made.management = endpoint_of(from.management_listen);
  made.limits = {count(from.http_max_connections), from.http_max_header.value, from.http_max_body.value,
                 from.http_body_memory.value,      from.http_idle_timeout,     from.http_header_timeout,
                 from.http_body_timeout,           from.http_write_timeout};
  made.threads = count(from.http_threads);
  made.gateways = count(from.http_gateways);
  made.max_in_flight = count(from.http_max_in_flight);
  made.file_workers = count(from.objects_workers);
  made.file_queue = count(from.objects_queue);
  made.max_object_bytes = from.objects_max_size.value;
  made.request_timeout = from.http_request_timeout;
  made.key_refresh = from.auth_key_refresh;
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
  made.shard.queue = count(from.search_queue);
  made.coordinator.outstanding = count(from.search_outstanding);
  return made;
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
