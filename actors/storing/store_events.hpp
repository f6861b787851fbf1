/// What the STORE actor's threads and timers send to it. For its source only.
#pragma once

#include "actors/storing/store_threads.hpp"

#include <caf/all.hpp>

namespace rollcall::actors {

struct read_done {
  std::uint64_t ticket = 0;
  core::result<store_reply> outcome = core::error{};
};

struct write_done {
  std::uint64_t ticket = 0;
  core::result<committed_write> outcome = core::error{};
};

struct commit_done {
  core::status outcome = core::nothing{};
};

struct commit_retry {};

// A node has not confirmed a write, and may no longer call its answers current.
struct lease_over {
  std::uint64_t ticket = 0;
  std::uint32_t index = 0;
  std::string node;
  std::uint64_t lease = 0; ///< its number
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::read_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::write_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::commit_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::commit_retry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::lease_over)
