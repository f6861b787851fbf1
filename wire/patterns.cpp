#include "wire/patterns.hpp"

#include "core/uuid.hpp"
#include "wire/unicode_classes.hpp"

#include <algorithm>
#include <array>

namespace rollcall::wire {

namespace {

/// The patterns that are a run of characters, as one bit a pattern in a table over all characters.
enum run_bit : std::uint8_t { collection_bit = 1, user_bit = 2, token_bit = 4, bucket_bit = 8 };

constexpr std::array<std::uint8_t, 256> make_run_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 128; ++c)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-')
      table[c] = collection_bit | user_bit | token_bit | bucket_bit;
  table['.'] = collection_bit | user_bit | bucket_bit;
  table[':'] = user_bit;
  return table;
}

constexpr auto run_table = make_run_table();

bool is_run(std::string_view text, run_bit bit) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [bit](char c) { return (run_table[static_cast<unsigned char>(c)] & bit) != 0; });
}

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The character that begins at `text[at]`; moves `at` behind it.
char32_t next_character(std::string_view text, std::size_t& at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80)
    return lead;
  char32_t character = lead < 0xE0 ? lead & 0x1FU : lead < 0xF0 ? lead & 0x0FU : lead & 0x07U;
  for (; at < text.size() && is_continuation(text[at]); ++at)
    character = character << 6 | (static_cast<unsigned char>(text[at]) & 0x3FU);
  return character;
}

bool is_tag_text(std::string_view text) noexcept {
  constexpr std::string_view punctuation = "_.:/=+-@";
  for (std::size_t at = 0; at < text.size();) {
    const auto character = next_character(text, at);
    const bool is_punctuation = character < 0x80 && punctuation.find(static_cast<char>(character)) != punctuation.npos;
    if (!is_punctuation && !is_letter_number_or_separator(character))
      return false;
  }
  return true;
}

} // namespace

bool matches(pattern expected, std::string_view text) noexcept {
  switch (expected) {
    case pattern::anything:
      return true;
    case pattern::collection_id:
      return !text.empty() && is_run(text, collection_bit);
    case pattern::user_id:
      return !text.empty() && is_run(text, user_bit);
    case pattern::uuid:
      return core::parse_uuid(text).has_value();
    case pattern::client_token:
      return !text.empty() && is_run(text, token_bit);
    case pattern::bucket:
      return is_run(text, bucket_bit);
    case pattern::tag_key:
      return !text.starts_with("aws:") && is_tag_text(text);
    case pattern::tag_value:
      return is_tag_text(text);
  }
  return false;
}

std::string_view expression_of(pattern expected) noexcept {
  switch (expected) {
    case pattern::anything:
      return ".*";
    case pattern::collection_id:
      return "[a-zA-Z0-9_.\\-]+";
    case pattern::user_id:
      return "[a-zA-Z0-9_.\\-:]+";
    case pattern::uuid:
      return "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    case pattern::client_token:
      return "^[a-zA-Z0-9-_]+$";
    case pattern::bucket:
      return "[0-9A-Za-z\\.\\-_]*";
    case pattern::tag_key:
      return "^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$";
    case pattern::tag_value:
      return "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$";
  }
  return {};
}

std::size_t count_characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string_view first_characters(std::string_view text, std::size_t characters) noexcept {
  std::size_t at = 0;
  while (at < text.size() && (characters > 0 || is_continuation(text[at])))
    if (!is_continuation(text[at++]))
      --characters;
  return text.substr(0, at);
}

} // namespace rollcall::wire
