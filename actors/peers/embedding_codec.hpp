/// The messages of EMBEDDING as bodies between nodes, and back (net/messages.proto); otherwise as
/// actors/peers/peer_codec.hpp.
#pragma once

#include "actors/interfaces.hpp"

namespace rollcall::actors {

namespace method {
inline constexpr auto* analyze = "embedding.analyze";
inline constexpr auto* embedding_status = "embedding.status";
} // namespace method

[[nodiscard]] core::shared_bytes encode(const analyze_request& request);
[[nodiscard]] core::shared_bytes encode(const vision::analysis& analysis);
[[nodiscard]] core::shared_bytes encode(const embedding_status& status);

/// Errors of all: `malformed`.
[[nodiscard]] core::result<analyze_request> decode_analyze(core::byte_view body, core::deadline until);
[[nodiscard]] core::result<vision::analysis> decode_analysis(core::byte_view body);
[[nodiscard]] core::result<embedding_status> decode_embedding_status(core::byte_view body);

} // namespace rollcall::actors
