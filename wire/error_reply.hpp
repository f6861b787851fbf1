/// Bodies of AWS errors. Which type and status a `core::error_code` gets is `front/`'s business. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace rollcall::wire {

/// {"__type", "Code", "Logref", "Message"}: what Rekognition answers for its modelled errors. `type` is the bare name,
/// e.g. "ResourceNotFoundException"; `logref` is the request id.
[[nodiscard]] std::string encode_error(std::string_view type, std::string_view message, std::string_view logref);

/// {"__type", "message"}: what AWS answers before Rekognition is reached (validation, signatures, unknown operations).
[[nodiscard]] std::string encode_gateway_error(std::string_view type, std::string_view message);

} // namespace rollcall::wire
