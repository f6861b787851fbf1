/// What cameras ask of the actors that see, and the answers: messages of EMBEDDING and INGEST, which are declared in
/// actors/interfaces.hpp. Plain values.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "vision/analysis.hpp"

#include <caf/all.hpp>

#include <string>
#include <vector>

namespace rollcall::actors {

/// One decoded picture of a stream.
struct frame_request {
  vision::bgr8_image frame;
  vision::analyze_options options;
  core::deadline until;
};

/// Faces to embed that were kept from earlier pictures (vision::face::aligned).
struct embed_request {
  std::vector<vision::bgr8_image> aligned;
  core::deadline until;
};

/// One embedding for each face, in order: dimension float32, L2-normalised.
struct embedded {
  std::vector<std::vector<float>> embeddings;
};

/// A frame that a program sent for a camera whose input is a `zmq://` name.
struct pushed_frame {
  std::string channel;                  ///< that name
  std::vector<std::string> collections; ///< that the sender may use; empty: all
  core::shared_bytes picture;           ///< the encoded file
  core::wall_time at{};                 ///< when it was captured
};

struct frame_taken {};

} // namespace rollcall::actors

// In CAF 0.17 a type that never leaves the process is declared so.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::frame_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::embed_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::embedded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::pushed_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::frame_taken)
