/// How long to wait for another actor's answer. Pure.
#pragma once

#include "core/clock.hpp"

#include <chrono>

namespace rollcall::actors {

/// What is left of a deadline, rounded up: a request does not end before its deadline, so who sees it end may rely on
/// the deadline having passed for everybody else, too.
[[nodiscard]] inline std::chrono::milliseconds request_timeout(const core::deadline& until) {
  return until.left() + std::chrono::milliseconds{1};
}

} // namespace rollcall::actors
