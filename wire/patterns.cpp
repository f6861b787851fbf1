#include "wire/patterns.hpp"

#include "core/uuid.hpp"
#include "wire/unicode_classes.hpp"

#include <algorithm>
#include <array>

namespace rollcall::wire {

namespace {

/// The patterns that are a run of characters, as one bit a pattern in a table over all characters.
enum run_bit : std::uint8_t { collection_bit = 1, user_bit = 2, token_bit = 4, bucket_bit = 8, job_tag_bit = 16 };

constexpr std::array<std::uint8_t, 256> make_run_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 128; ++c)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-')
      table[c] = collection_bit | user_bit | token_bit | bucket_bit | job_tag_bit;
  table['.'] = collection_bit | user_bit | bucket_bit | job_tag_bit;
  table[':'] = user_bit | job_tag_bit;
  table['+'] = table['='] = table['/'] = job_tag_bit;
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

bool is_all(std::string_view text, std::string_view alphabet) noexcept {
  return !text.empty() && text.find_first_not_of(alphabet) == text.npos;
}

/// What "." of a regular expression matches, once or more.
bool is_one_line(std::string_view text) noexcept {
  return !text.empty() && text.find_first_of("\r\n") == text.npos;
}

constexpr std::string_view decimal_digits = "0123456789";
constexpr std::string_view lower_case_run = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view word_run = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/// Takes a part of `alphabet` and the ":" behind it off the front of `text`; false when they are not there.
bool take_run(std::string_view& text, std::string_view alphabet) noexcept {
  const auto part = text.substr(0, text.find(':'));
  if (part.size() == text.size() || !is_all(part, alphabet))
    return false;
  text.remove_prefix(part.size() + 1);
  return true;
}

bool take_text(std::string_view& text, std::string_view expected) noexcept {
  if (!text.starts_with(expected))
    return false;
  text.remove_prefix(expected.size());
  return true;
}

bool take_account(std::string_view& text) noexcept {
  constexpr std::size_t length = 12;
  return text.find(':') == length && take_run(text, decimal_digits);
}

bool is_kinesis_arn(std::string_view text) noexcept {
  return take_text(text, "arn:") && take_run(text, lower_case_run) && take_text(text, "kinesis:")
         && take_run(text, lower_case_run) && take_account(text) && is_one_line(text);
}

bool is_role_arn(std::string_view text) noexcept {
  const auto is_taken = [](char c) {
    constexpr std::string_view punctuation = "+=,.@-_/";
    return word_run.find(c) != word_run.npos || punctuation.find(c) != punctuation.npos;
  };
  return take_text(text, "arn:aws:iam::") && take_account(text) && take_text(text, "role") && !text.empty()
         && std::all_of(text.begin(), text.end(), is_taken);
}

/// The region may be anything, ":" included: any account that follows one will do.
bool is_topic_arn(std::string_view text) noexcept {
  constexpr std::size_t account_length = 12;
  if (!take_text(text, "arn:aws:sns:") || !is_one_line(text))
    return false;
  for (auto colon = text.find(':'); colon != text.npos; colon = text.find(':', colon + 1)) {
    const auto rest = text.substr(colon + 1);
    if (rest.size() > account_length + 1 && rest[account_length] == ':'
        && is_all(rest.substr(0, account_length), word_run))
      return true;
  }
  return false;
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
    case pattern::kinesis_arn:
      return is_kinesis_arn(text);
    case pattern::role_arn:
      return is_role_arn(text);
    case pattern::topic_arn:
      return is_topic_arn(text);
    case pattern::job_tag:
      return !text.empty() && is_run(text, job_tag_bit);
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
    case pattern::kinesis_arn:
      return "(^arn:([a-z\\d-]+):kinesis:([a-z\\d-]+):\\d{12}:.+$)";
    case pattern::role_arn:
      return "arn:aws:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+";
    case pattern::topic_arn:
      return "(^arn:aws:sns:.*:\\w{12}:.+$)";
    case pattern::job_tag:
      return "[a-zA-Z0-9_.\\-:+=\\/]+";
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
