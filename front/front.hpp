/// The public HTTP plane of a node: Rekognition's operations and the admin API on one port, health and metrics on
/// another. The one entry of `front/` for `nodes/`. Owns its threads, its listening sockets and the actors that carry
/// requests to STORE, EMBEDDING and COORDINATOR. `start` and `stop` belong to one thread.
#pragma once

#include "actors/interfaces.hpp"
#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"
#include "core/similarity_curve.hpp"
#include "wire/arn.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace rollcall::front {

/// Where a server listens. `host`: an IPv4 or IPv6 address or "localhost"; port 0: any free one.
struct endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
};

/// "host:port", an IPv6 host in brackets.
[[nodiscard]] std::string to_string(const endpoint& at);

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

struct front_settings {
  endpoint http;
  endpoint management;
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
  std::uint32_t partitions = 4;   ///< of a new collection; a power of two
  bool wait_for_decision = false; ///< reply only when the decision is committed, not just queued
};

/// The models that the node runs, as status shows them.
struct model_facts {
  std::string version;         ///< of the embedding model: `FaceModelVersion`
  std::size_t dimension = 512; ///< of an embedding
  std::string runtime;         ///< e.g. "onnxruntime 1.20.1"
};

/// What the plane works with. References outlive it.
struct front_parts {
  caf::actor_system& system;
  actors::embedding_actor embedding;
  actors::store_actor store;
  actors::coordinator_actor coordinator;
  core::similarity_curve curve;
  model_facts models;
  std::string node_version;
  core::bytes page_token_key; ///< at least 16 secret bytes, the same on every node and over restarts
  core::metric_registry& metrics;
  std::function<std::string()> metrics_text; ///< what /metrics answers; any thread
  const core::wall_clock& clock;
};

class front {
public:
  /// Listens on both endpoints and serves at once; `/readyz` tells when the parts can answer.
  /// Errors: `invalid_config` when an address can't be used (the message names it; a port in use, too), a setting is
  /// out of range, a bucket's directory is missing, or the address is not loopback while no API key exists; those of
  /// the store when the keys can't be read.
  [[nodiscard]] static core::result<std::unique_ptr<front>> start(front_settings settings, front_parts parts);

  /// Stops with no grace if `stop` was not called.
  ~front();

  front(const front&) = delete;
  front& operator=(const front&) = delete;

  /// The bound addresses, with the ports chosen.
  [[nodiscard]] const endpoint& http() const noexcept;
  [[nodiscard]] const endpoint& management() const noexcept;

  /// Stops accepting, lets requests in flight end for at most `grace`, closes every connection, joins all threads.
  /// Blocks; idempotent. The actors must still run.
  void stop(std::chrono::milliseconds grace);

private:
  class impl;
  explicit front(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

} // namespace rollcall::front
