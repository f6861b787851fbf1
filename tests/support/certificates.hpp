/// Certificates for tests, made on the spot. Pure functions; any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace rollcall::test {

/// Both as PEM; the key is one of P-256.
struct certificate {
  std::string pem;
  std::string key;
};

struct certificate_wish {
  std::string host = "localhost";      ///< a name or an IPv4 address
  const certificate* issuer = nullptr; ///< null: signed by itself
  bool is_authority = false;           ///< `host` is then just its name
  std::chrono::hours from{-1};         ///< seen from now, as is `until`
  std::chrono::hours until{24};
};

/// Throws std::runtime_error where OpenSSL refuses.
[[nodiscard]] certificate issue(const certificate_wish& wanted = {});

/// Writes `text` to a file that its owner alone may read, at once: beside it, then renamed.
void write_private(const std::filesystem::path& file, const std::string& text);

} // namespace rollcall::test
