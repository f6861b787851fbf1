/// SHA-256, HMAC, hexadecimal and random bytes over OpenSSL's libcrypto. Pure functions; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <array>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rollcall::core {

using sha256_digest = std::array<std::uint8_t, 32>;

/// FIPS 180-4.
[[nodiscard]] sha256_digest sha256(byte_view input);

/// That of the parts one after another.
[[nodiscard]] sha256_digest sha256_joined(std::initializer_list<byte_view> parts);

/// RFC 2104 with SHA-256; `key` of any length.
[[nodiscard]] sha256_digest hmac_sha256(byte_view key, byte_view message);

/// SHA-256 of a file's content, read in blocks. Errors: `not_found` when it can't be opened or read.
[[nodiscard]] result<sha256_digest> sha256_file(const std::filesystem::path& file);

/// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(byte_view input);

/// The bytes of a hexadecimal text (either case). Errors: `invalid_argument` on odd length or another character.
[[nodiscard]] result<bytes> from_hex(std::string_view text);

/// Equality in time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(byte_view a, byte_view b) noexcept;

/// `size` bytes of the system's cryptographic generator.
[[nodiscard]] bytes random_bytes(std::size_t size);

} // namespace rollcall::core
