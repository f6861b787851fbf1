#include "wire/page_token.hpp"

#include "core/assert.hpp"
#include "core/digest.hpp"

#include <algorithm>
#include <optional>

namespace rollcall::wire {

namespace {

constexpr std::string_view key_alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._:";
constexpr std::string_view radix_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Printable ASCII without space, quotes and backslash.
constexpr std::string_view radix_91 =
    "!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrst"
    "uvwxyz{|}~";
static_assert(key_alphabet.size() == 66 && radix_64.size() == 64 && radix_91.size() == 91);

constexpr std::size_t max_key_length = 255;
constexpr std::size_t tag_bytes = 12;

/// Most significant digit first.
using radix_number = std::vector<std::uint8_t>;

/// The same number in another radix (both ≤ 256), without leading zeros.
/// Cost: quadratic in the digits; 0.1 ms for the longest keys.
radix_number change_radix(radix_number digits, unsigned from, unsigned to) {
  radix_number converted;
  std::size_t first = 0;
  while (first < digits.size()) {
    unsigned rest = 0;
    for (std::size_t i = first; i < digits.size(); ++i) {
      const auto dividend = rest * from + digits[i];
      digits[i] = static_cast<std::uint8_t>(dividend / to);
      rest = dividend % to;
    }
    converted.push_back(static_cast<std::uint8_t>(rest));
    while (first < digits.size() && digits[first] == 0)
      ++first;
  }
  while (!converted.empty() && converted.back() == 0)
    converted.pop_back();
  std::reverse(converted.begin(), converted.end());
  return converted;
}

/// The digits that `text` writes in `alphabet`; empty when it has another character.
std::optional<radix_number> digits_of(std::string_view text, std::string_view alphabet) {
  radix_number digits;
  digits.reserve(text.size());
  for (const char c : text) {
    const auto place = alphabet.find(c);
    if (place == alphabet.npos)
      return std::nullopt;
    digits.push_back(static_cast<std::uint8_t>(place));
  }
  return digits;
}

std::string text_of(const radix_number& digits, std::string_view alphabet) {
  std::string text;
  text.reserve(digits.size());
  for (const auto digit : digits)
    text += alphabet[digit];
  return text;
}

core::sha256_digest authenticate(core::byte_view hmac_key, const page_scope& scope, std::string_view last_key) {
  std::string message = "page";
  message += static_cast<char>(scope.op);
  message += std::to_string(scope.parameters.size()) + ":";
  message.append(scope.parameters).append(last_key);
  return core::hmac_sha256(hmac_key, core::as_bytes(message));
}

/// Leaves a number's text apart from the next one.
void append_part(std::string& parameters, std::string_view part) {
  parameters += std::to_string(part.size()) + ":";
  parameters += part;
}

core::error invalid() {
  return core::fail(core::error_code::invalid_token, "Invalid Pagination Token");
}

/// The last key that the digits of a token claim, not yet authenticated.
std::optional<std::string> claimed_key(std::string_view token) {
  if (token.size() < 2 || token.size() > max_page_token_length || (token[0] != '1' && token[0] != '2'))
    return std::nullopt;
  const auto alphabet = token[0] == '1' ? radix_64 : radix_91;
  auto digits = digits_of(token.substr(1), alphabet);
  if (!digits)
    return std::nullopt;
  auto raw = change_radix(*std::move(digits), static_cast<unsigned>(alphabet.size()), 256);
  if (raw.size() <= tag_bytes)
    return std::nullopt;
  raw.resize(raw.size() - tag_bytes);
  const auto packed = change_radix(std::move(raw), 256, static_cast<unsigned>(key_alphabet.size()));
  if (packed.size() < 2 || packed.size() > max_key_length + 1 || packed[0] != 1)
    return std::nullopt;
  return text_of({packed.begin() + 1, packed.end()}, key_alphabet);
}

} // namespace

page_scope scope_of(const list_collections_request&) {
  return {operation::list_collections, {}};
}

page_scope scope_of(const list_faces_request& request) {
  page_scope scope{operation::list_faces, {}};
  append_part(scope.parameters, request.collection_id);
  append_part(scope.parameters, request.user_id.value_or(""));
  if (request.face_ids)
    for (const auto& id : *request.face_ids)
      append_part(scope.parameters, core::as_text(id.id.value));
  return scope;
}

page_scope scope_of(const list_users_request& request) {
  page_scope scope{operation::list_users, {}};
  append_part(scope.parameters, request.collection_id);
  return scope;
}

page_scope scope_of(const list_stream_processors_request&) {
  return {operation::list_stream_processors, {}};
}

page_scope scope_of(const get_face_detection_request& request) {
  page_scope scope{operation::get_face_detection, {}};
  append_part(scope.parameters, request.job_id);
  return scope;
}

page_scope scope_of(const get_face_search_request& request) {
  page_scope scope{operation::get_face_search, {}};
  append_part(scope.parameters, request.job_id);
  append_part(scope.parameters, to_string(request.sort_by));
  return scope;
}

page_scope scope_of(const get_person_tracking_request& request) {
  page_scope scope{operation::get_person_tracking, {}};
  append_part(scope.parameters, request.job_id);
  append_part(scope.parameters, to_string(request.sort_by));
  return scope;
}

std::string make_page_token(core::byte_view hmac_key, const page_scope& scope, std::string_view last_key) {
  const auto key_digits = digits_of(last_key, key_alphabet);
  ROLLCALL_ASSERT(key_digits && !key_digits->empty() && key_digits->size() <= max_key_length);
  radix_number packed{1};
  packed.insert(packed.end(), key_digits->begin(), key_digits->end());
  auto raw = change_radix(std::move(packed), static_cast<unsigned>(key_alphabet.size()), 256);
  const auto tag = authenticate(hmac_key, scope, last_key);
  raw.insert(raw.end(), tag.begin(), tag.begin() + tag_bytes);
  if (const auto digits = change_radix(raw, 256, 64); digits.size() < max_page_token_length)
    return "1" + text_of(digits, radix_64);
  auto token = "2" + text_of(change_radix(std::move(raw), 256, 91), radix_91);
  ROLLCALL_ASSERT(token.size() <= max_page_token_length);
  return token;
}

core::result<std::string> open_page_token(core::byte_view hmac_key, const page_scope& scope, std::string_view token) {
  auto last_key = claimed_key(token);
  if (!last_key)
    return invalid();
  const auto expected = make_page_token(hmac_key, scope, *last_key);
  if (!core::equal_constant_time(core::as_bytes(expected), core::as_bytes(token)))
    return invalid();
  return *std::move(last_key);
}

} // namespace rollcall::wire
