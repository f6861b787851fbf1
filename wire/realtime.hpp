/// The JSON headers of the ZeroMQ plane, which docs/zeromq.md describes: of queries, of their replies, of frames that
/// are pushed. Pictures and embeddings travel beside them. `decode` (wire/codec.hpp) reads the first and the last.
/// Plain values; any thread.
#pragma once

#include "wire/shared.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::wire {

inline constexpr int realtime_version = 1;

enum class realtime_operation : std::uint8_t {
  search_faces_by_image,     ///< part 2: a picture; its largest face is searched for
  search_faces_by_crop,      ///< part 2: a picture of 112 × 112, an aligned face
  search_faces_by_embedding, ///< part 2: float32, little-endian
  list_events,               ///< no part 2
};

template <>
inline constexpr std::array<std::string_view, 4> enum_texts<realtime_operation>{
    "SearchFacesByImage", "SearchFacesByCrop", "SearchFacesByEmbedding", "ListEvents"};

struct realtime_query {
  int version = 0;
  std::string id; ///< the caller's, for the reply; may be empty
  realtime_operation operation = realtime_operation::search_faces_by_image;
  std::optional<std::string> collection_id; ///< searches have one
  int max_faces = 100;                      ///< 1–4'096
  float face_match_threshold = 80;          ///< 0–100, inclusive
  wire::quality_filter quality_filter = quality_filter::none;
  std::optional<std::string> face_model_version; ///< that an embedding was made by
  std::string purpose;
  bool accept_partial = false;
  float decides_from = 0;
  std::optional<int> timeout_ms;
  std::int64_t after = 0; ///< events: the last number that is known
  int max_results = 100;  ///< events: 1–1'000
  std::optional<std::string> camera;
};

/// Fits the query's: `error` and `message` are empty where it was answered, and then the reply has a second part.
struct realtime_reply {
  std::string id;
  std::string request;
  std::int64_t search_us = 0; ///< of it, the search; 0: there was none
  std::string error;          ///< the protocol's name
  std::string message;
  std::map<std::string, std::string> headers; ///< as the HTTP reply's
};

struct pushed_frame_header {
  int version = 0;
  std::string camera;                          ///< NAME of the input zmq://NAME
  std::optional<std::int64_t> captured_millis; ///< since the epoch; none: when it came
};

/// What a search without a picture of its own answers.
struct probe_matches {
  std::vector<face_match> face_matches; ///< most similar first, ties by lower face id
  std::string face_model_version;
};

[[nodiscard]] std::string encode(const realtime_reply& from);
[[nodiscard]] std::string encode(const probe_matches& from);

} // namespace rollcall::wire
