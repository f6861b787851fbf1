/// Which nodes the command line believes: TLS of a client, with the node's certificate held against an authority and
/// against the host that was asked for. There is no switch that turns this off. Pure; one thread.
#pragma once

#include "core/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace rollcall::cli {

/// TLS that trusts the authorities in `ca_file` (PEM) alone; the system's, where it is empty.
/// Errors: `invalid_config` when the file can't be read or holds no certificate.
[[nodiscard]] core::result<std::unique_ptr<boost::asio::ssl::context>> make_trust(const std::string& ca_file);

/// Asks for `host` (a name or an address) on a connection, and believes no certificate of another.
void expect_host(SSL* on, const std::string& host);

/// What stopped a handshake with `peer`, and what to do about it. Errors: `invalid_config` for a certificate that is
/// not trusted or a peer that speaks no TLS; `unavailable` else.
[[nodiscard]] core::error explain(SSL* on, const boost::system::error_code& failed, const std::string& peer);

} // namespace rollcall::cli
