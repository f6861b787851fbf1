/// The keys by which nodes know one another: Curve25519 pairs as ZeroMQ's CURVE takes them, written in Z85 (ZeroMQ RFC
/// 32), 40 characters each. Pure functions; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::net {

struct curve_key_pair {
  std::string public_key;
  std::string secret_key; ///< never logged
};

/// A new pair of the system's cryptographic generator.
[[nodiscard]] curve_key_pair make_key_pair();

/// The pair that a secret key belongs to. Errors: `invalid_config` where it is no Z85 text of 32 bytes.
[[nodiscard]] core::result<curve_key_pair> pair_of(std::string_view secret_key);

/// The same of 32 random bytes.
[[nodiscard]] core::result<curve_key_pair> pair_of(core::byte_view secret_key);

/// True for a Z85 text of 32 bytes.
[[nodiscard]] bool is_curve_key(std::string_view text);

} // namespace rollcall::net
