#include "front/sigv4.hpp"

#include "core/ascii.hpp"
#include "front/sigv4_canonical.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace rollcall::front {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view service_name = "rekognition";
constexpr std::string_view scope_end = "aws4_request";

core::error incomplete(std::string message) {
  return core::fail(core::error_code::incomplete_signature, std::move(message));
}

core::error invalid(std::string message) {
  return core::fail(core::error_code::invalid_signature, std::move(message));
}

bool all_of(std::string_view text, bool (*accepts)(char)) {
  return std::all_of(text.begin(), text.end(), accepts);
}

bool is_header_character(char c) {
  return is_name_character(c) && !(c >= 'A' && c <= 'Z');
}

std::string hash_of(std::string_view text) {
  return core::to_hex(core::sha256(core::as_bytes(text)));
}

/// The three parts of an Authorization header, as text.
struct authorization_parts {
  std::optional<std::string_view> credential;
  std::optional<std::string_view> signed_headers;
  std::optional<std::string_view> signature;
};

/// `part` is "Name=value"; false when the name is foreign or came before.
bool take_part(authorization_parts& parts, std::string_view part) {
  const auto equals = part.find('=');
  if (equals == part.npos)
    return false;
  const auto name = part.substr(0, equals);
  auto* place = name == "Credential"      ? &parts.credential
                : name == "SignedHeaders" ? &parts.signed_headers
                : name == "Signature"     ? &parts.signature
                                          : nullptr;
  if (place == nullptr || place->has_value())
    return false;
  *place = part.substr(equals + 1);
  return true;
}

core::result<authorization_parts> split_header(std::string_view header) {
  if (!header.starts_with(algorithm) || header.size() == algorithm.size() || header[algorithm.size()] != ' ')
    return incomplete("The Authorization header must use AWS4-HMAC-SHA256.");
  header.remove_prefix(algorithm.size());
  authorization_parts parts;
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    const auto part = trim(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
    if (!part.empty() && !take_part(parts, part))
      return incomplete("The Authorization header has a part that is malformed, unknown or repeated.");
  }
  if (!parts.credential)
    return incomplete("Authorization header requires 'Credential' parameter.");
  if (!parts.signed_headers)
    return incomplete("Authorization header requires 'SignedHeaders' parameter.");
  if (!parts.signature)
    return incomplete("Authorization header requires 'Signature' parameter.");
  return parts;
}

/// <access key>/<yyyymmdd>/<region>/<service>/aws4_request
core::status read_credential(std::string_view text, authorization& into) {
  std::array<std::string_view, 5> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto slash = i + 1 < parts.size() ? text.find('/') : text.size();
    if (slash == text.npos)
      return incomplete("Credential must have exactly 5 slash-delimited elements.");
    parts[i] = text.substr(0, slash);
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  const auto [key, date, region, service, end] = parts;
  if (key.empty() || key.size() > 128 || !all_of(key, is_name_character))
    return incomplete("The access key of the Credential is malformed.");
  if (date.size() != 8 || !all_of(date, is_digit))
    return incomplete("The date of the Credential must be yyyymmdd.");
  if (region.empty() || region.size() > 64 || !all_of(region, is_name_character))
    return incomplete("The region of the Credential is malformed.");
  if (end != scope_end)
    return incomplete("Credential must end in 'aws4_request'.");
  if (service != service_name)
    return invalid("Credential should be scoped to correct service: 'rekognition'.");
  into.access_key = key;
  into.date = date;
  into.region = region;
  into.service = service;
  return core::nothing{};
}

core::status read_signed_headers(std::string_view text, authorization& into) {
  for (bool is_last = false; !is_last;) {
    const auto semicolon = text.find(';');
    is_last = semicolon == text.npos;
    const auto name = text.substr(0, semicolon);
    if (name.empty() || !all_of(name, is_header_character))
      return incomplete("SignedHeaders must be lower-case header names.");
    if (!into.signed_headers.empty() && into.signed_headers.back() >= name)
      return incomplete("SignedHeaders must be in ascending order.");
    into.signed_headers.emplace_back(name);
    text.remove_prefix(is_last ? text.size() : semicolon + 1);
  }
  return core::nothing{};
}

core::status read_signature(std::string_view text, authorization& into) {
  const auto raw = core::from_hex(text);
  if (!raw || raw->size() != into.signature.size())
    return incomplete("Signature must be 64 hexadecimal digits.");
  std::copy(raw->begin(), raw->end(), into.signature.begin());
  return core::nothing{};
}

bool is_signed(const authorization& parsed, std::string_view name) {
  return std::binary_search(parsed.signed_headers.begin(), parsed.signed_headers.end(), name);
}

core::status check_signed_headers(const signed_request& request, const authorization& parsed,
                                  std::string_view date_name) {
  for (const auto name : {std::string_view{"host"}, std::string_view{"x-amz-target"}, date_name})
    if (!is_signed(parsed, name))
      return incomplete("The header '" + std::string{name} + "' must be a signed header.");
  for (const auto& name : parsed.signed_headers)
    if (count_headers(request, name) == 0)
      return invalid("The signed header '" + name + "' is missing from the request.");
  for (const auto name : {"host", "x-amz-target", "x-amz-content-sha256"})
    if (count_headers(request, name) > 1)
      return incomplete(std::string{"The header '"} + name + "' is repeated.");
  return core::nothing{};
}

core::status check_window(const authorization& parsed, core::wall_time signed_at, core::wall_time now) {
  if (signed_at + max_clock_skew < now)
    return invalid("Signature expired: " + parsed.timestamp + " is now earlier than "
                   + format_timestamp(now - max_clock_skew) + " (" + format_timestamp(now) + " - 5 min.)");
  if (signed_at > now + max_clock_skew)
    return invalid("Signature not yet current: " + parsed.timestamp + " is still later than "
                   + format_timestamp(now + max_clock_skew) + " (" + format_timestamp(now) + " + 5 min.)");
  if (!parsed.timestamp.starts_with(parsed.date))
    return invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"
                   + parsed.date + "' != '" + parsed.timestamp.substr(0, 8) + "', from '" + parsed.timestamp + "'.");
  return core::nothing{};
}

/// Reads `X-Amz-Date`, or `Date` in its stead, and holds it against the scope and the clock.
core::status check_date(const signed_request& request, authorization& into) {
  const bool has_amz_date = count_headers(request, "x-amz-date") != 0;
  const std::string_view name = has_amz_date ? "x-amz-date" : "date";
  if (count_headers(request, name) != 1)
    return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header, once.");
  const auto signed_at = parse_timestamp(header_value(request, name));
  if (!signed_at)
    return incomplete("Date must be in ISO-8601 'basic format', e.g. 20260101T000000Z.");
  into.timestamp = format_timestamp(*signed_at);
  ROLLCALL_CHECK(check_signed_headers(request, into, name));
  return check_window(into, *signed_at, request.now);
}

std::string scope_of(const authorization& parsed) {
  return parsed.date + '/' + parsed.region + '/' + parsed.service + '/' + std::string{scope_end};
}

core::sha256_digest expected_signature(const authorization& parsed, const signing_key_type& key,
                                       std::string_view canonical_hash) {
  std::string to_sign{algorithm};
  to_sign += '\n' + parsed.timestamp + '\n' + scope_of(parsed) + '\n';
  to_sign.append(canonical_hash);
  return core::hmac_sha256(key, core::as_bytes(to_sign));
}

} // namespace

signing_key_type signing_key(std::string_view secret, std::string_view date, std::string_view region) {
  const auto first = "AWS4" + std::string{secret};
  auto key = core::hmac_sha256(core::as_bytes(first), core::as_bytes(date));
  for (const auto part : {region, service_name, scope_end})
    key = core::hmac_sha256(key, core::as_bytes(part));
  return key;
}

core::result<authorization> parse_authorization(const signed_request& request, session_tokens tokens) {
  const auto headers = count_headers(request, "authorization");
  if (headers == 0)
    return core::fail(core::error_code::missing_authentication, "Missing Authentication Token");
  if (headers > 1)
    return incomplete("The Authorization header is repeated.");
  authorization parsed;
  ROLLCALL_TRY(const auto parts, split_header(header_value(request, "authorization")));
  ROLLCALL_CHECK(read_credential(*parts.credential, parsed));
  ROLLCALL_CHECK(read_signed_headers(*parts.signed_headers, parsed));
  ROLLCALL_CHECK(read_signature(*parts.signature, parsed));
  ROLLCALL_CHECK(check_date(request, parsed));
  if (tokens == session_tokens::refused && count_headers(request, "x-amz-security-token") != 0)
    return core::fail(core::error_code::unknown_client, "The security token included in the request is invalid.");
  return parsed;
}

core::status verify(const signed_request& request, const authorization& parsed, const signing_key_type& key) {
  const auto body_hash = core::to_hex(core::sha256(request.body));
  if (count_headers(request, "x-amz-content-sha256") != 0 && header_value(request, "x-amz-content-sha256") != body_hash)
    return invalid("The provided 'x-amz-content-sha256' header does not match what was computed.");
  const auto canonical = canonical_request(request, parsed.signed_headers, body_hash);
  const auto expected = expected_signature(parsed, key, hash_of(canonical));
  if (!core::equal_constant_time(expected, parsed.signature))
    return invalid("The request signature we calculated does not match the signature you provided. Check your AWS "
                   "Secret Access Key and signing method.");
  return core::nothing{};
}

core::status verify(const signed_request& request, const authorization& parsed, std::string_view secret) {
  return verify(request, parsed, signing_key(secret, parsed.date, parsed.region));
}

std::string canonical_request_hash(const signed_request& request, std::span<const std::string> signed_headers) {
  return hash_of(canonical_request(request, signed_headers, core::to_hex(core::sha256(request.body))));
}

signature_headers sign(const signed_request& request, const signing_credentials& credentials) {
  authorization made;
  made.timestamp = format_timestamp(request.now);
  made.date = made.timestamp.substr(0, 8);
  made.region = credentials.region;
  made.service = service_name;
  std::vector<header_field> headers{{"x-amz-date", made.timestamp}};
  for (const auto& header : request.headers)
    if (!has_name(header, "authorization") && !has_name(header, "x-amz-date"))
      headers.push_back(header);
  for (const auto& header : headers)
    made.signed_headers.push_back(core::lower_case(header.name));
  std::sort(made.signed_headers.begin(), made.signed_headers.end());
  made.signed_headers.erase(std::unique(made.signed_headers.begin(), made.signed_headers.end()),
                            made.signed_headers.end());
  auto complete = request;
  complete.headers = headers;
  made.signature = expected_signature(made, signing_key(credentials.secret, made.date, made.region),
                                      canonical_request_hash(complete, made.signed_headers));
  std::string text{algorithm};
  text += " Credential=" + credentials.access_key + '/' + scope_of(made);
  text += ", SignedHeaders=" + join(made.signed_headers) + ", Signature=" + core::to_hex(made.signature);
  return {made.timestamp, text};
}

} // namespace rollcall::front
