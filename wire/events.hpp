/// What happened before a camera, as subscribers get it: one JSON object an event, of the schema that docs/events.md
/// describes. Plain values; any thread.
#pragma once

#include "core/clock.hpp"
#include "wire/shared.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

/// Grows when a member changes its meaning or goes; new members alone don't change it.
inline constexpr int event_schema = 1;

enum class event_kind : std::uint8_t {
  camera_up,        ///< its first frame came, also after it was down
  camera_down,      ///< its stream is over, broke off, or was stopped
  camera_stalled,   ///< frames come, and all show the same
  clock_set,        ///< the clock of the node that watches was set
  gap,              ///< nobody watched from `gap_from` to `captured`
  track_began,      ///< a person came into view
  recognised,       ///< a person in view is one of the collection
  identity_changed, ///< who was recognised is somebody else by what was seen since
  track_ended,      ///< a person is out of view
};

template <>
inline constexpr std::array<std::string_view, 9> enum_texts<event_kind>{
    "CameraUp",   "CameraDown", "CameraStalled",   "ClockSet",  "Gap",
    "TrackBegan", "Recognised", "IdentityChanged", "TrackEnded"};

/// A reference that resembles a person in view.
struct event_candidate {
  core::face_id face;
  float similarity = 0; ///< 0–100
  std::optional<std::string> external_image_id;
  std::optional<std::string> user_id;
  std::optional<wire::bounding_box> box; ///< of the reference, as the next two: in the picture it was enrolled with
  std::optional<core::image_id> image;
  std::optional<float> confidence;
};

/// The face that an event is about, as it was seen.
struct event_face {
  wire::bounding_box box;
  float confidence = 0;
  wire::pose pose;
  image_quality quality;
  float overall = 0;               ///< overall quality, 0–100
  std::vector<landmark> landmarks; ///< eyes, corners of the mouth, nose
};

/// What a track was, told at its end.
struct event_track_span {
  std::chrono::milliseconds first{0}; ///< media time
  std::chrono::milliseconds last{0};
  std::uint64_t frames = 0; ///< in which it was seen
};

struct event {
  core::uuid id; ///< the same event has the same, however often it is said
  event_kind kind = event_kind::camera_up;
  std::string camera;
  std::string collection;
  std::string node;        ///< that watched
  std::uint64_t run = 0;   ///< of the camera: how often it was started
  std::uint64_t claim = 0; ///< of the camera: how often a node had taken it, this one last
  core::wall_time captured{};
  core::wall_time decided{};
  std::chrono::milliseconds position{0};  ///< media time of the frame
  std::optional<std::uint64_t> track;     ///< unique within the camera's claim
  std::optional<std::uint64_t> continues; ///< an earlier track of the same person, by its looks
  std::optional<event_face> face;
  std::optional<event_track_span> span;
  std::vector<event_candidate> candidates; ///< most similar first
  std::optional<core::wall_time> gap_from;
  std::string message; ///< empty where there is nothing to say
};

/// The JSON text, without the number that the store gives.
[[nodiscard]] std::string encode(const event& from);

} // namespace rollcall::wire
