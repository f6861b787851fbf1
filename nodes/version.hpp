/// The programs' version, set by the build.
#pragma once

namespace rollcall::nodes {

inline constexpr const char* version = ROLLCALL_VERSION;

} // namespace rollcall::nodes
