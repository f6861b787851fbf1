/// What a TLS server shows to its callers: certificate, chain and key, read from files and checked, with the rules by
/// which it speaks. A value; any thread.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "front/front.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace rollcall::front {

struct tls_identity {
  /// HTTP/1.1 alone (ALPN), no renegotiation, no compression, OpenSSL's defaults at its security level 2 (RFC 7525).
  std::shared_ptr<boost::asio::ssl::context> context;
  core::wall_time expires; ///< when the first certificate of the chain does
};

/// Reads and checks the files. Blocks for a millisecond. Errors: `invalid_config`, one line that says what to do, when
/// one of the two is not given, can't be read, is no PEM, the key is encrypted, open to others or of another
/// certificate, or a certificate is not valid at `now`.
[[nodiscard]] core::result<tls_identity> load_tls_identity(const tls_settings& from, core::wall_time now);

} // namespace rollcall::front
