/// Encrypts secrets at rest: AES-256-GCM under a random key that a file of the data directory holds. Immutable after
/// `open`; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace rollcall::store {

class secret_box {
public:
  /// Reads the key file (32 bytes, mode 0600), or makes one where it is missing and `may_make`.
  /// Errors: `corrupt` (missing while secrets exist, or not of 32 bytes), `invalid_config` (readable by others),
  /// `storage_full` (can't be written).
  [[nodiscard]] static core::result<secret_box> open(const std::filesystem::path& file, bool may_make);

  secret_box(const secret_box&) = default;
  secret_box& operator=(const secret_box&) = default;
  ~secret_box();

  /// Nonce (12 bytes), ciphertext, tag (16 bytes). `label` is bound in, so that a box can't be moved to another row.
  /// Source: NIST SP 800-38D.
  [[nodiscard]] core::bytes seal(std::string_view secret, std::string_view label) const;
  /// Errors: `corrupt` when it was not sealed under this key and label.
  [[nodiscard]] core::result<std::string> unseal(core::byte_view box, std::string_view label) const;

private:
  using secret_key = std::array<std::uint8_t, 32>;
  explicit secret_box(const secret_key& key) : key_(key) {}

  secret_key key_;
};

} // namespace rollcall::store
