/// The rows of the system of record as plain values. No SQL, no driver types; they cross actors by value.
#pragma once

#include "core/clock.hpp"
#include "core/geometry.hpp"
#include "core/mutation.hpp"
#include "core/uuid.hpp"
#include "store/partitions.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::store {

/// A caller's retry mark: the same `token` with the same `fingerprint` (hash of operation and parameters) repeats the
/// first reply without effect (and so without mutations); with another fingerprint it is `idempotency_mismatch`. It
/// belongs to its collection, and only calls that succeeded leave it. Kept for seven days, the latest 100,000 in all.
/// Empty token: no check.
struct client_token {
  std::string token;
  std::string fingerprint;
};

using tags = std::map<std::string, std::string>;
inline constexpr std::size_t most_tags = 200; ///< of one resource

/// What the record is kept in.
struct store_description {
  std::string engine;       ///< e.g. "PostgreSQL 15.9"
  std::uint64_t schema = 0; ///< version; 0 where there is none
  core::wall_time now{};    ///< by the clock of the database
};

inline constexpr float least_recall_floor = 0.5F;

/// A collection (Rekognition's word for a gallery). `partitions` is a power of two; a doubling changes it.
struct collection_record {
  core::collection_key key;
  std::string id; ///< the caller's name, unique
  std::string model_version;
  std::uint32_t partitions = 1;
  core::wall_time created{};
  std::uint32_t first_partition = 0; ///< the number of its first one; 0 unless it was doubled
  /// Share of the nearest references that its searches may be relied on to find, in [least_recall_floor, 1]; 1: they
  /// are exact. A new collection's is 1.
  float recall_floor = 1;
};

/// A collection with all partitions that it has at present.
struct collection_shape {
  collection_record collection;
  partition_shape shape;
  std::size_t dimension = 0; ///< of its embeddings; 0 before the first
};

/// What an operator's `resize` does to a collection, step by step. Each wants a stage and leads to another.
enum class doubling_step : std::uint8_t {
  begin,   ///< none → building
  serve,   ///< building → leaving; the new partitions can be asked
  end,     ///< leaving → none, a part at a time; no query asks the old ones any more
  give_up, ///< building → none, a part at a time
};

struct collection_counts {
  std::uint64_t faces = 0;
  std::uint64_t users = 0;
};

/// A face as ListFaces shows it; its embedding is kept apart.
struct face_record {
  core::face_id id;
  core::image_id image;
  std::optional<std::string> external_image_id;
  core::ratio_box box;
  float confidence = 0; ///< 0–100
  float quality = 0;    ///< 0–100, of the picture as a reference; 0 where it was enrolled without one
  std::string model_version;
  std::optional<std::string> user_id;
};

/// A face with its reference: `embedding` is dimension float32, L2-normalised.
struct face_with_embedding {
  face_record face;
  std::vector<float> embedding;
};

enum class user_status : std::uint8_t { active, updating, creating, created };

/// `status` is `active` when at least one face is associated, else `created`.
struct user_record {
  core::user_key key;
  std::string user_id;
  user_status status = user_status::created;
};

using core::mutation;
using core::mutation_batch;
using core::reference;
using core::reference_kind;

/// A part of one partition's references, ordered by kind, then id; `next` is empty at the end.
struct reference_page {
  std::vector<reference> references;
  std::optional<std::pair<reference_kind, core::uuid>> next;
};

/// Part of an ordered listing: `next` names the last row given, absent when there are no more.
template <class Row, class Key>
struct page {
  std::vector<Row> rows;
  std::optional<Key> next;
};

/// What a key may do. `admin` includes `write`, `write` includes `search`.
enum class role : std::uint8_t { search, write, admin };

/// An API key. `secret` is clear text in memory only; at rest it is encrypted under the data directory's key file.
struct api_key {
  std::string access_key; ///< 20 characters, begins with "RKIA"
  std::string secret;
  std::string name; ///< who or what uses it: the principal in decisions
  role allowed = role::search;
  std::vector<std::string> collections; ///< empty: all
  core::wall_time created{};
  std::optional<core::wall_time> revoked;
  std::string curve_key = {}; ///< its public CURVE key (Z85), by which ZeroMQ lets it in; empty: not there
};

/// One candidate of a decision, as it was answered.
struct decision_candidate {
  std::string id; ///< face id or UserId
  float similarity = 0;
};

/// One recognition answered: a search, a compare, later an alert. Holds no picture and no embedding.
struct decision {
  core::request_id request;
  core::wall_time at{};
  std::string principal; ///< the key's name, or "anonymous" on an open loopback node
  std::string access_key;
  std::string purpose; ///< as the caller's header named it; may be empty
  std::string operation;
  std::string collection; ///< empty for CompareFaces
  std::string probe;      ///< face id, user id or image id
  std::string model_version;
  float threshold = 0;            ///< similarity, 0–100
  std::uint64_t gallery_size = 0; ///< references searched
  std::uint32_t partitions_asked = 0;
  std::uint32_t partitions_answered = 0;
  bool is_exact = false;
  bool is_current = false;
  std::vector<decision_candidate> candidates; ///< as answered, best first
};

/// As Rekognition names them; `updating` is never told.
enum class processor_status : std::uint8_t { stopped, starting, running, failed, stopping };

/// A camera, which Rekognition calls a stream processor: a stream whose faces are searched for in a collection. An
/// operator starts and stops it; an INGEST node runs it under a claim.
struct stream_processor {
  core::uuid key;
  std::string name;                ///< the caller's, unique
  std::string input;               ///< URI of its stream; may hold a password
  std::string collection;          ///< its id, which need not exist any more
  float threshold = 80;            ///< similarity, 0–100
  std::string details;             ///< what else its maker said; for the front alone
  bool is_started = false;         ///< wanted to run
  std::uint64_t run = 0;           ///< how often it was started
  std::uint64_t epoch = 0;         ///< how often it was claimed; only the last claim may write for it
  std::string node;                ///< of the last claim
  core::wall_time claimed_until{}; ///< by the store's clock
  processor_status status = processor_status::stopped;
  std::string message; ///< why, where that needs saying
  core::wall_time created{};
  core::wall_time updated{};
};

/// Something that happened before a camera. `body` is the event as subscribers get it, but for its number.
struct event_record {
  std::uint64_t seq = 0; ///< given by the store: without gaps, in the order of commit
  core::uuid id;         ///< the same event has the same id, however often it is said
  core::uuid processor;
  std::string camera; ///< the processor's name
  std::string collection;
  std::string kind;           ///< e.g. "TrackBegan"
  core::wall_time captured{}; ///< when the camera saw it
  core::wall_time decided{};
  std::string body; ///< JSON
};

/// Which events to list; oldest first.
struct event_filter {
  std::optional<std::string> camera{};
  std::optional<std::string> collection{};
  std::optional<std::string> kind{};
};

/// Which decisions to list; newest first.
struct decision_filter {
  std::optional<std::string> collection;
  std::optional<std::string> principal;
  std::optional<std::string> candidate; ///< a face id or UserId among the candidates
};

} // namespace rollcall::store
