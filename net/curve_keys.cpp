#include "net/curve_keys.hpp"

#include "core/assert.hpp"

#include <array>
#include <zmq.h>

namespace rollcall::net {

namespace {

constexpr std::size_t text_size = 40;
constexpr std::size_t key_bytes = 32;
using key_text = std::array<char, text_size + 1>;

} // namespace

curve_key_pair make_key_pair() {
  key_text public_key{};
  key_text secret_key{};
  const auto failed = ::zmq_curve_keypair(public_key.data(), secret_key.data());
  ROLLCALL_ASSERT(failed == 0); // else the library was built without CURVE, which Debian's is not
  return {public_key.data(), secret_key.data()};
}

bool is_curve_key(std::string_view text) {
  std::array<std::uint8_t, key_bytes> bytes{};
  return text.size() == text_size && text.find(char{}) == std::string_view::npos
         && ::zmq_z85_decode(bytes.data(), std::string(text).c_str()) != nullptr;
}

core::result<curve_key_pair> pair_of(core::byte_view secret_key) {
  key_text text{};
  if (secret_key.size() != key_bytes || ::zmq_z85_encode(text.data(), secret_key.data(), key_bytes) == nullptr)
    return core::fail(core::error_code::invalid_config, "A node's key has 32 bytes.");
  return pair_of(std::string_view{text.data(), text_size});
}

core::result<curve_key_pair> pair_of(std::string_view secret_key) {
  key_text public_key{};
  const std::string secret(secret_key);
  if (!is_curve_key(secret) || ::zmq_curve_public(public_key.data(), secret.c_str()) != 0)
    return core::fail(core::error_code::invalid_config,
                      "The node's key is not 40 characters of Z85: make one with rollcall keys node.");
  return curve_key_pair{public_key.data(), secret};
}

} // namespace rollcall::net
