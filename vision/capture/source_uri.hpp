/// Takes apart what names a video source. Inside vision/ only. Pure; any thread.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>

namespace rollcall::vision {

enum class source_kind : std::uint8_t { file, stream, device };

struct source_uri {
  source_kind kind = source_kind::file;
  std::string scheme; ///< in lower case, without ':'
  std::string target; ///< what is opened: an absolute path, or the whole URL of a stream
  std::string shown;  ///< for error texts: the path, or a stream's scheme, host and port, without anything secret
};

/// Errors: `invalid_argument` for a scheme that is not known, for a stream without a host and a path that is not
/// absolute.
[[nodiscard]] core::result<source_uri> parse_source_uri(const std::string& uri);

} // namespace rollcall::vision
