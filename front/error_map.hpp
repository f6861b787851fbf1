/// The one map from Rollcall's errors to the protocol's: AWS's type name, the HTTP status, and which of the two bodies
/// AWS writes it in. Total over `core::error_code`. Pure; any thread.
#pragma once

#include "core/error.hpp"
#include "front/http_message.hpp"
#include "wire/operation.hpp"

#include <optional>
#include <string_view>

namespace rollcall::front {

struct protocol_error {
  std::string_view type;   ///< e.g. "ResourceNotFoundException"
  unsigned status = 400;   ///< 400, or 500 for faults of the node
  bool is_modelled = true; ///< false: answered before Rekognition proper (signature, syntax), in the shorter body
};

[[nodiscard]] protocol_error to_protocol(core::error_code code) noexcept;

/// The same for an operation, some of which have names of their own: where a video is meant, what is too large is
/// VideoTooLargeException, and too many jobs at once are LimitExceededException.
[[nodiscard]] protocol_error to_protocol(core::error_code code, std::optional<wire::operation> op) noexcept;

/// What a caller is told of `failed`. A message that is empty becomes the table's text; what failed inside the node is
/// told as "Internal server error" only, its own words are for the log. `request` is the request's id, which a fault
/// names, as the log does.
struct told_error {
  protocol_error mapped;
  std::string message;
};
[[nodiscard]] told_error tell(const core::error& failed, std::string_view request,
                              std::optional<wire::operation> op = std::nullopt);

/// Says in the log what a fault of the node was; nothing of other errors.
void log_fault(const core::error& failed, std::string_view request, std::string_view operation);

/// The whole reply for `failed`, by `tell`.
[[nodiscard]] http_reply error_reply(const core::error& failed, std::string_view request,
                                     std::optional<wire::operation> op = std::nullopt);

} // namespace rollcall::front
