#include "wire/json_writer.hpp"

#include "core/assert.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace rollcall::wire {

namespace {

template <class Number>
void append_number(std::string& text, Number number) {
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

/// Bytes of the well-formed UTF-8 sequence at the beginning of `text` (not empty), 0 when there is none.
/// Source: Unicode 14.0, table 3-7.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto is_continuation = [&byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const auto lead = byte(0);
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return is_continuation(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool is_allowed = lead == 0xE0 ? byte(1) >= 0xA0 : lead == 0xED ? byte(1) <= 0x9F : true;
    return is_allowed && is_continuation(1) && is_continuation(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool is_allowed = lead == 0xF0 ? byte(1) >= 0x90 : lead == 0xF4 ? byte(1) <= 0x8F : true;
    return is_allowed && is_continuation(1) && is_continuation(2) && is_continuation(3) ? 4 : 0;
  }
  return 0;
}

void append_escape(std::string& text, char control) {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto code = static_cast<unsigned char>(control);
  text += "\\u00";
  text += hex[code >> 4];
  text += hex[code & 15];
}

} // namespace

void json_writer::encoded(std::string_view json) {
  separate();
  text_ += json;
  needs_comma_ = true;
}

void json_writer::open(char bracket) {
  separate();
  text_ += bracket;
  needs_comma_ = false;
}

void json_writer::close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
}

void json_writer::separate() {
  if (needs_comma_)
    text_ += ',';
  needs_comma_ = true;
}

void json_writer::quote(std::string_view text) {
  text_ += '"';
  for (std::size_t at = 0; at < text.size();) {
    const auto length = sequence_length(text.substr(at));
    const char c = text[at];
    if (length == 0)
      text_ += "\xEF\xBF\xBD";
    else if (c == '"' || c == '\\')
      (text_ += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      append_escape(text_, c);
    else
      text_.append(text, at, length);
    at += length == 0 ? 1 : length;
  }
  text_ += '"';
}

void json_writer::name(std::string_view text) {
  separate();
  quote(text);
  text_ += ':';
  needs_comma_ = false;
}

void json_writer::value(std::string_view text) {
  separate();
  quote(text);
}

void json_writer::value(bool truth) {
  separate();
  text_ += truth ? "true" : "false";
}

void json_writer::value(std::int64_t number) {
  separate();
  append_number(text_, number);
}

void json_writer::value(std::uint64_t number) {
  separate();
  append_number(text_, number);
}

void json_writer::value(float number) {
  ROLLCALL_ASSERT(std::isfinite(number));
  separate();
  append_number(text_, number);
}

void json_writer::value(core::wall_time at) {
  separate();
  auto milliseconds = at.time_since_epoch().count();
  if (milliseconds < 0) {
    text_ += '-';
    milliseconds = -milliseconds;
  }
  append_number(text_, milliseconds / 1000);
  const auto rest = std::to_string(milliseconds % 1000);
  text_ += '.';
  text_.append(3 - rest.size(), '0').append(rest);
}

void json_writer::value(const std::map<std::string, std::string>& map) {
  begin_object();
  for (const auto& [key, text] : map)
    member(key, text);
  end_object();
}

std::string json_writer::take() {
  needs_comma_ = false;
  return std::exchange(text_, {});
}

} // namespace rollcall::wire
