/// All settings of a node as one plain value: each member's initialiser is the setting's default. The table
/// (config/setting_table.hpp) adds name, unit, range and help; the loader (config/loader.hpp) fills a value in. Made
/// once at start-up, immutable after that; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace rollcall::config {

/// A size in bytes; written as `4096`, `16KiB`, `512MiB` or `2GiB`.
struct byte_size {
  std::uint64_t value = 0;

  friend bool operator==(const byte_size&, const byte_size&) = default;
};

/// A span of time; written as `500ms`, `30s`, `5m`, `2h` or `7d`.
using span = std::chrono::milliseconds;

inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;

/// A member's name is the setting's with `_` for `.`.
struct settings {
  std::string node_data_dir; ///< empty: `default_data_dir()`
  std::string node_name;     ///< empty: the machine's
  std::string node_roles = "front,embedder,shard,ingest,controller";
  std::string node_zone;
  double node_capacity = 1;
  span node_drain_timeout{10'000};
  std::int64_t node_scheduler_threads = 2;
  std::string log_level = "info";

  std::string http_listen = "127.0.0.1:8750";
  std::string http_tls_certificate; ///< empty: plain HTTP
  std::string http_tls_key;
  std::string http_tls_min_version = "1.2";
  std::int64_t http_threads = 2;
  std::int64_t http_gateways = 2;
  std::int64_t http_max_connections = 1'024;
  std::int64_t http_max_in_flight = 256;
  byte_size http_max_header{16 * kib};
  byte_size http_max_body{16 * mib};
  byte_size http_body_memory{512 * mib};
  span http_idle_timeout{75'000};
  span http_header_timeout{10'000};
  span http_body_timeout{60'000};
  span http_write_timeout{60'000};
  span http_request_timeout{30'000};
  std::string management_listen = "127.0.0.1:8751";

  std::string zmq_queries; ///< empty: none
  std::string zmq_frames;
  std::string zmq_events;
  std::int64_t zmq_event_queue = 1'000;

  std::string webhook_url; ///< empty: none
  std::string webhook_secret_file;
  std::string webhook_ca_file;
  std::string webhook_kinds;
  span webhook_timeout{10'000};

  std::string aws_region = "us-east-1";
  std::string aws_account = "000000000000";
  span auth_key_refresh{5'000};

  std::string vision_runtime = "auto";
  std::string vision_onnxruntime;
  std::string vision_models;
  std::string vision_models_dir;
  std::int64_t vision_workers = 0;
  std::int64_t vision_queue = 64;
  std::int64_t vision_max_pixels = 50'000'000;
  std::int64_t vision_max_faces = 100;
  double vision_min_face_px = 40;
  double vision_min_confidence = 0;
  std::string vision_crops = "manifest";
  bool vision_attributes_age = false;
  bool vision_attributes_gender = false;
  bool vision_attributes_expression = false;

  std::int64_t search_partitions = 4;
  std::int64_t search_max_compared = 1'000'000;
  std::int64_t search_lists_from = 65'536;
  byte_size search_memory_budget{0}; ///< 0: half of what the process may use
  std::int64_t search_shards = 2;
  std::int64_t search_workers = 2;
  std::int64_t search_queue = 256;
  std::int64_t search_outstanding = 1'024;
  span search_hedge{200};
  span search_last_known{3'600'000};

  std::string cluster_listen = "127.0.0.1:0";
  std::string cluster_advertise; ///< empty: cluster_listen
  std::string cluster_admission = "store";
  std::int64_t cluster_replicas = 2;
  span cluster_lease{3'000};
  span cluster_dead_after{30'000};

  std::int64_t snapshots_after_mutations = 10'000;
  span snapshots_after{300'000};
  span snapshots_scrub_after{30'000};
  std::string snapshots_references = "memory";

  std::string store_uri; ///< empty: SQLite in the data directory
  std::string store_uri_file;
  std::string store_key_file; ///< empty: secrets.key in the data directory
  span store_timeout{5'000};
  std::int64_t store_readers = 4;
  std::int64_t store_read_queue = 1'024;
  std::int64_t store_write_queue = 256;
  span store_apply_timeout{5'000};
  span store_token_lifetime{std::chrono::hours{7 * 24}};
  std::int64_t store_mutations_kept = 1'000'000;

  bool decisions_wait = false;
  std::int64_t decisions_backlog = 65'536;
  std::int64_t decisions_spool = 1'000'000;

  std::string cameras_inputs;
  double cameras_frames_per_second = 5;
  std::int64_t cameras_confirmations = 2;
  span cameras_best_shot_every{500};
  std::int64_t cameras_most = 64;
  span cameras_lease{3'000};
  span events_keep{7 * 86'400'000};

  double videos_frames_per_second = 5;
  std::int64_t videos_at_once = 1;
  span videos_keep{7 * 86'400'000};

  std::int64_t objects_workers = 2;
  std::int64_t objects_queue = 64;
  byte_size objects_max_size{15 * mib};

  /// The open section `buckets`: name of an S3 bucket → directory that stands for it.
  std::map<std::string, std::filesystem::path> buckets;
};

/// `$XDG_DATA_HOME/rollcall`, else `$HOME/.local/share/rollcall`, else `/var/lib/rollcall`.
[[nodiscard]] std::filesystem::path default_data_dir();

/// The first that exists of `$XDG_CONFIG_HOME/rollcall/rollcall.toml` (`$HOME/.config/…` without that variable) and
/// `/etc/rollcall/rollcall.toml`; empty when neither does.
[[nodiscard]] std::filesystem::path default_config_file();

} // namespace rollcall::config
