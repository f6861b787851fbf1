#include "core/uuid.hpp"

#include "core/digest.hpp"

#include <algorithm>

namespace rollcall::core {

namespace {

uuid stamp(const std::uint8_t* source, std::uint8_t version) {
  uuid id;
  std::copy_n(source, id.value.size(), id.value.begin());
  id.value[6] = static_cast<std::uint8_t>((id.value[6] & 0x0f) | (version << 4));
  id.value[8] = static_cast<std::uint8_t>((id.value[8] & 0x3f) | 0x80);
  return id;
}

constexpr std::size_t text_length = 36;

bool is_dash_position(std::size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

} // namespace

uuid random_uuid() {
  return stamp(random_bytes(16).data(), 4);
}

uuid named_uuid(const uuid& space, byte_view name) {
  return stamp(hmac_sha256(space.value, name).data(), 8);
}

std::string to_string(const uuid& id) {
  auto text = to_hex(id.value);
  for (const std::size_t dash : {8U, 13U, 18U, 23U})
    text.insert(dash, 1, '-');
  return text;
}

std::optional<uuid> parse_uuid(std::string_view text) {
  if (text.size() != text_length)
    return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_dash_position(i) != (c == '-') || (c >= 'A' && c <= 'F'))
      return std::nullopt;
    if (c != '-')
      digits += c;
  }
  const auto parsed = from_hex(digits);
  if (!parsed)
    return std::nullopt;
  uuid id;
  std::ranges::copy(*parsed, id.value.begin());
  return id;
}

} // namespace rollcall::core
