#include "wire/base64.hpp"

#include <array>

namespace rollcall::wire {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Above the 24 bits that four characters yield: any table entry with it marks a foreign character.
constexpr std::uint32_t foreign = 0x0100'0000;

using character_table = std::array<std::uint32_t, 256>;

/// For each character its six bits, shifted to their place in the 24.
constexpr character_table make_table(int shift) {
  character_table table{};
  table.fill(foreign);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint32_t>(i) << shift;
  return table;
}

constexpr std::array<character_table, 4> tables{make_table(18), make_table(12), make_table(6), make_table(0)};

std::uint32_t read_four(const unsigned char* from) noexcept {
  return tables[0][from[0]] | tables[1][from[1]] | tables[2][from[2]] | tables[3][from[3]];
}

std::size_t padding_of(std::string_view text) noexcept {
  if (text.empty() || text.back() != '=')
    return 0;
  return text[text.size() - 2] == '=' ? 2 : 1;
}

/// Decodes the last, padded group; false when it is not canonical.
bool read_tail(std::string_view group, std::size_t padding, std::uint8_t* out) noexcept {
  std::array<unsigned char, 4> padded{'A', 'A', 'A', 'A'};
  for (std::size_t i = 0; i < 4 - padding; ++i)
    padded[i] = static_cast<unsigned char>(group[i]);
  const auto bits = read_four(padded.data());
  const std::uint32_t unused = padding == 2 ? 0xFFFF : 0xFF;
  if ((bits & (foreign | unused)) != 0)
    return false;
  out[0] = static_cast<std::uint8_t>(bits >> 16);
  if (padding == 1)
    out[1] = static_cast<std::uint8_t>(bits >> 8);
  return true;
}

} // namespace

std::optional<std::size_t> base64_decoded_size(std::string_view text) noexcept {
  if (text.size() % 4 != 0)
    return std::nullopt;
  return text.size() / 4 * 3 - padding_of(text);
}

std::optional<core::bytes> decode_base64(std::string_view text) {
  const auto size = base64_decoded_size(text);
  if (!size)
    return std::nullopt;
  const auto padding = padding_of(text);
  const auto whole = (text.size() - (padding != 0 ? 4 : 0)) / 4;
  core::bytes decoded(*size);
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  auto* to = decoded.data();
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < whole; ++i, from += 4, to += 3) {
    const auto bits = read_four(from);
    seen |= bits;
    to[0] = static_cast<std::uint8_t>(bits >> 16);
    to[1] = static_cast<std::uint8_t>(bits >> 8);
    to[2] = static_cast<std::uint8_t>(bits);
  }
  if ((seen & foreign) != 0)
    return std::nullopt;
  if (padding != 0 && !read_tail(text.substr(text.size() - 4), padding, to))
    return std::nullopt;
  return decoded;
}

std::string encode_base64(core::byte_view input) {
  std::string text;
  text.reserve((input.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < input.size(); i += 3) {
    const auto left = std::min<std::size_t>(3, input.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < left ? input[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= left ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

} // namespace rollcall::wire
