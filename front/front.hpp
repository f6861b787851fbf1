/// The planes of a node: Rekognition's operations and the admin API on one port and the ZeroMQ plane, where the node
/// has the role front, health and metrics on another. The one entry of `front/` for `nodes/`. Owns its threads, its
/// listening sockets and the actors that carry requests to STORE, EMBEDDING and COORDINATOR. `start` and `stop` belong
/// to one thread.
#pragma once

#include "actors/interfaces.hpp"
#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"
#include "core/similarity_curve.hpp"
#include "front/bound_socket.hpp"
#include "net/curve_keys.hpp"
#include "wire/arn.hpp"
#include "wire/input_list.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rollcall::front {

/// Limits of one HTTP server. Every wait on a peer is bounded by one of the times.
struct http_limits {
  std::size_t max_connections = 1'024;
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 16 * 1024 * 1024;
  std::size_t body_memory_bytes = 512 * 1024 * 1024; ///< all bodies held at once
  std::chrono::milliseconds idle_timeout{75'000};    ///< between two requests of a connection
  std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte of a request to the end of its header
  std::chrono::milliseconds body_timeout{60'000};    ///< for a whole body
  std::chrono::milliseconds write_timeout{60'000};   ///< for a whole reply, or one piece of a streamed one
};

enum class tls_version : std::uint8_t { tls_1_2, tls_1_3 };

/// TLS of the public plane; off while both files are empty.
struct tls_settings {
  std::filesystem::path certificate; ///< PEM: the node's certificate, then those of its chain
  std::filesystem::path key;         ///< PEM, not encrypted
  tls_version least = tls_version::tls_1_2;

  [[nodiscard]] bool is_on() const { return !certificate.empty() || !key.empty(); }
};

/// Where the ZeroMQ plane listens; HOST:PORT each, port 0: a free one; empty: there is no such socket.
struct realtime_addresses {
  std::string queries;
  std::string frames;
  std::string events;

  [[nodiscard]] bool is_on() const { return !queries.empty() || !frames.empty() || !events.empty(); }
};

/// The ZeroMQ plane (docs/zeromq.md).
struct realtime_settings {
  realtime_addresses listen;
  net::curve_key_pair keys;                        ///< the server's
  std::size_t max_message_bytes = 6 * 1024 * 1024; ///< of each part: a picture, and room to say that one is too large
  std::size_t event_queue = 1'000;                 ///< events that wait for one subscriber. Range [1, 1'000'000]
};

struct front_settings {
  endpoint http;
  endpoint management;
  tls_settings tls;
  realtime_settings realtime;
  http_limits limits;
  std::size_t threads = 2;         ///< that serve HTTP. Range [1, 64]
  std::size_t gateways = 2;        ///< actors that carry requests. Range [1, 64]
  std::size_t max_in_flight = 256; ///< requests being answered; more are refused with ThrottlingException
  std::size_t file_workers = 2;    ///< threads that read pictures from buckets
  std::size_t file_queue = 64;     ///< reads that may wait for one of them
  std::size_t max_object_bytes = 15 * 1024 * 1024;      ///< of a picture in a bucket
  std::chrono::milliseconds request_timeout{30'000};    ///< from the end of a request's body to its reply
  std::chrono::milliseconds key_refresh{5'000};         ///< how often keys are read again from the store
  std::map<std::string, std::filesystem::path> buckets; ///< bucket name → directory
  wire::arn_scope arn;
  wire::input_list inputs;        ///< what cameras may be given
  std::uint32_t partitions = 4;   ///< of a new collection; a power of two
  bool wait_for_decision = false; ///< reply only when the decision is committed, not just queued
  /// Age of records that searches use while the store is away; 0: none.
  std::chrono::milliseconds last_known{3'600'000};
};

/// The models that the node runs, as status shows them.
struct model_facts {
  std::string version;         ///< of the embedding model: `FaceModelVersion`
  std::size_t dimension = 512; ///< of an embedding
  std::string runtime;         ///< e.g. "onnxruntime 1.20.1"
};

/// Whether references may be added to these partitions of a collection, which has the ones of the range; none: to any
/// of them. Asked right before the commit; any thread. Errors: `over_budget`.
using find_room_function =
    std::function<core::status(core::collection_key, store::partition_range, std::span<const std::uint32_t>)>;

/// What the plane works with. References outlive it.
struct front_parts {
  caf::actor_system& system;
  actors::embedding_actor embedding;
  actors::store_actor store;
  actors::coordinator_actor coordinator;
  actors::cluster_actor cluster; ///< null where there is none
  actors::ingest_actor ingest;   ///< null where no cameras run
  core::similarity_curve curve;
  model_facts models;
  std::string node_version;
  core::bytes page_token_key; ///< at least 16 secret bytes, the same on every node and over restarts
  core::metric_registry& metrics;
  std::function<std::string()> metrics_text; ///< what /metrics answers; any thread
  std::function<std::string()> inspect;      ///< JSON: what the node finds on its machine; blocks, one thread at a time
  const core::wall_clock& clock;
  find_room_function find_room; ///< null: there is always room
};

/// Where the two planes are to listen; without `http` there is only the management port.
struct front_sockets {
  std::optional<bound_socket> http;
  bound_socket management;
};

/// What can be said against `settings` before anything is started.
/// Errors: `invalid_config` when one is out of range, a bucket's directory is missing, or the files of TLS can't be
/// used at `now`.
[[nodiscard]] core::status check(const front_settings& settings, core::wall_time now);

/// Holds that only a node with an API key is reached from other machines.
/// Errors: `invalid_config` when `http` is no address, or is not loopback and `has_key` is false.
[[nodiscard]] core::status check_exposure(const endpoint& http, bool has_key);

class front {
public:
  /// Listens on both sockets and serves at once; `/readyz` tells when the parts can answer.
  /// Errors: those of `check` and `check_exposure`; `invalid_config` when another process came to listen on an address
  /// meanwhile; those of the store when the keys can't be read.
  [[nodiscard]] static core::result<std::unique_ptr<front>> start(front_settings settings, front_parts parts,
                                                                  front_sockets sockets);

  /// Stops with no grace if `stop` was not called.
  ~front();

  front(const front&) = delete;
  front& operator=(const front&) = delete;

  /// The bound addresses, with the ports chosen.
  [[nodiscard]] std::optional<endpoint> http() const;
  [[nodiscard]] const endpoint& management() const noexcept;

  /// Asks as /livez does (management_plane::check_alive), through the threads that serve HTTP. Blocks until `until` at
  /// most; any thread but those, not after `stop`. Errors: `deadline_exceeded`, `unavailable`.
  [[nodiscard]] core::status check_alive(core::deadline until);

  /// Stops accepting, lets requests in flight end for at most `grace`, closes every connection, joins all threads.
  /// Blocks; idempotent. The actors must still run.
  void stop(std::chrono::milliseconds grace);

private:
  class impl;
  explicit front(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

} // namespace rollcall::front
