/// AWS Signature Version 4: reads, checks and makes the signature of a request. Used by admission (server) and by the
/// command-line client. Pure functions over values; any thread; nothing is cached here.
/// Source: AWS, "Signature Version 4 signing process"; checked against botocore's and the JavaScript SDK's requests.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::front {

/// How far the signer's clock may be off.
inline constexpr std::chrono::minutes max_clock_skew{5};

/// One header as received. Names compare without case.
struct header_field {
  std::string_view name;
  std::string_view value;
};

/// A request as received (or about to be sent). Views must outlive the call.
struct signed_request {
  std::string_view method; ///< "POST"
  std::string_view path;   ///< as on the request line, without the query; already URI-encoded by the sender
  std::string_view query;  ///< what follows "?", normally empty
  std::span<const header_field> headers;
  core::byte_view body;
  core::wall_time now; ///< the clock that also writes the reply's `Date`
};

/// What the `Authorization` header and the date say; well-formed, within the clock window, but not yet verified.
struct authorization {
  std::string access_key;
  std::string date; ///< yyyymmdd, of the scope
  std::string region;
  std::string service;                     ///< "rekognition"
  std::string timestamp;                   ///< yyyymmddThhmmssZ
  std::vector<std::string> signed_headers; ///< lower case, ascending
  core::sha256_digest signature{};
};

/// The key that signs one day's requests in one region; callers may cache it for that day.
using signing_key_type = core::sha256_digest;
[[nodiscard]] signing_key_type signing_key(std::string_view secret, std::string_view date, std::string_view region);

/// What becomes of a request with an `X-Amz-Security-Token`. Keys here are static, so it is refused unless configured.
enum class session_tokens : std::uint8_t { refused, ignored };

/// Reads a request's credentials.
/// Errors: `missing_authentication` without an `Authorization` header;
/// `incomplete_signature` when a part is missing or malformed, a date header is missing, or `host`, `x-amz-target` or
/// the date header is not signed;
/// `invalid_signature` when the clock window is missed, the dates disagree, the scope names another service, or a
/// signed header is missing from the request;
/// `unknown_client` when a session token is refused.
/// Signatures in the query (presigned URLs) are not read.
[[nodiscard]] core::result<authorization> parse_authorization(const signed_request& request,
                                                              session_tokens tokens = session_tokens::refused);

/// Succeeds when the signature is that of the request under `key` (constant-time comparison) and the body has the
/// hash that its `x-amz-content-sha256` states, if it has one (so `UNSIGNED-PAYLOAD` never passes).
/// Errors: `invalid_signature`, for both.
/// Cost: one SHA-256 over the body.
[[nodiscard]] core::status verify(const signed_request& request, const authorization& parsed,
                                  const signing_key_type& key);
/// The same, from the secret access key.
[[nodiscard]] core::status verify(const signed_request& request, const authorization& parsed, std::string_view secret);

/// SHA-256 of the canonical request, in hexadecimal: what two parties compare when signatures differ.
[[nodiscard]] std::string canonical_request_hash(const signed_request& request,
                                                 std::span<const std::string> signed_headers);

/// Who signs, for `sign`.
struct signing_credentials {
  std::string access_key;
  std::string secret;
  std::string region = "us-east-1";
};

/// What the client must add to its request.
struct signature_headers {
  std::string amz_date;      ///< value of `X-Amz-Date`, made of `request.now`
  std::string authorization; ///< value of `Authorization`
};

/// Signs `request` with all its headers and `x-amz-date`. The headers must hold `host`, and no `x-amz-date` or
/// `authorization` yet (both are ignored).
[[nodiscard]] signature_headers sign(const signed_request& request, const signing_credentials& credentials);

} // namespace rollcall::front
