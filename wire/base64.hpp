/// Base64 (RFC 4648, section 4: standard alphabet, padded), strict. Pure; any thread.
#pragma once

#include "core/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::wire {

/// Bytes that `text` decodes to, from its length and padding alone; empty when its length is not a multiple of four.
[[nodiscard]] std::optional<std::size_t> base64_decoded_size(std::string_view text) noexcept;

/// The bytes of `text`; empty when it has another alphabet, white space, wrong padding, or unused bits that are set.
/// Cost: about 0.5 ns a byte.
[[nodiscard]] std::optional<core::bytes> decode_base64(std::string_view text);

/// The text of `input`, padded, without line breaks.
[[nodiscard]] std::string encode_base64(core::byte_view input);

} // namespace rollcall::wire
