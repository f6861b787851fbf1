/// URIs of live video, as `Input.KinesisVideoStream.Arn` of a stream processor holds them. They may carry a camera's
/// password, so no text made here repeats one. Pure; any thread.
///
///     uri  = ("rtsp" | "rtsps" | "http" | "https") "://" [user [":" password] "@"] host …
///          | "file:///" path | "zmq://" name | "v4l2:///dev/video" digits
///     name = 1–128 of [a-zA-Z0-9_.-]
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::wire {

inline constexpr std::size_t max_stream_uri_length = 2'048;

/// That `uri` is one of the above, of printable characters without spaces, and not too long. Schemes are lower case.
/// Errors: `invalid_argument`; the message begins with a verb and names what is taken.
[[nodiscard]] core::status check_stream_uri(std::string_view uri);

/// The part HOST[:PORT] within `uri`, without name and password; empty where there is none. What comes after is the
/// path.
[[nodiscard]] std::string_view place_of(std::string_view uri) noexcept;

/// `uri` fit to be shown: the password before the host, and values of query parameters whose names speak of a password,
/// key or token, as "***".
[[nodiscard]] std::string without_secrets(std::string_view uri);

} // namespace rollcall::wire
