/// Small translations that both sides of a link share. For sources of `net/` only: shows the generated messages.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include "net/envelope.pb.h"

namespace rollcall::net {

/// The error as it crosses. Its context stays here: that is for this node's log.
[[nodiscard]] pb::failure failure_of(const core::error& failed);

/// A code that this version does not know is `internal`.
[[nodiscard]] core::error error_of(const pb::failure& got);

/// Rounded up, at least 1, at most an hour.
[[nodiscard]] std::uint32_t milliseconds_left(core::steady_time until, core::steady_time now);

} // namespace rollcall::net
