#include "front/sigv4_canonical.hpp"

#include "core/ascii.hpp"
#include "core/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

namespace rollcall::front {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Appends a header's value with its runs of blanks squeezed to one.
void append_squeezed(std::string& text, std::string_view value) {
  bool was_blank = false;
  for (const char c : trim(value)) {
    if (!is_blank(c))
      text += c;
    else if (!was_blank)
      text += ' ';
    was_blank = is_blank(c);
  }
}

/// All values of a header, in the order received, joined by commas.
void append_header_line(std::string& text, const signed_request& request, std::string_view name) {
  text.append(name);
  char separator = ':';
  for (const auto& header : request.headers) {
    if (!has_name(header, name))
      continue;
    text += separator;
    append_squeezed(text, header.value);
    separator = ',';
  }
  text += '\n';
}

/// Encodes the path as received once more: services other than S3 sign it so.
std::string canonical_path(std::string_view path) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : path) {
    const auto code = static_cast<unsigned char>(c);
    if (is_name_character(c) || c == '~' || c == '/')
      encoded += c;
    else
      ((encoded += '%') += hex[code >> 4]) += hex[code & 15];
  }
  return encoded.empty() ? "/" : encoded;
}

/// The parameters as received, in ascending order, each with its "=".
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  while (!query.empty()) {
    const auto end = static_cast<std::size_t>(std::ranges::find(query, '&') - query.begin());
    const auto parameter = query.substr(0, end);
    const auto equals = static_cast<std::size_t>(std::ranges::find(parameter, '=') - parameter.begin());
    if (!parameter.empty())
      parameters.emplace_back(parameter.substr(0, equals), parameter.substr(std::min(equals + 1, parameter.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string joined;
  for (const auto& [name, value] : parameters)
    joined.append(joined.empty() ? "" : "&").append(name).append("=").append(value);
  return joined;
}

/// The number that `count` digits at `at` write; -1 when one is not a digit.
int read_number(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  for (const char c : text.substr(at, count)) {
    if (!is_digit(c))
      return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<core::wall_time> make_time(int year, int month, int day, std::array<int, 3> clock) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  const auto [hour, minute, second] = clock;
  const bool is_clock = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 61;
  if (year < 0 || month < 0 || day < 0 || !date.ok() || !is_clock)
    return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute}
         + std::chrono::seconds{second};
}

} // namespace

bool has_name(const header_field& header, std::string_view name) {
  return std::equal(header.name.begin(), header.name.end(), name.begin(), name.end(),
                    [](char a, char b) { return core::lower_case(a) == b; });
}

std::ptrdiff_t count_headers(const signed_request& request, std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [name](const header_field& header) { return has_name(header, name); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string_view header_value(const signed_request& request, std::string_view name) {
  for (const auto& header : request.headers)
    if (has_name(header, name))
      return trim(header.value);
  return {};
}

std::string join(std::span<const std::string> names) {
  std::string joined;
  for (const auto& name : names)
    joined.append(joined.empty() ? "" : ";").append(name);
  return joined;
}

std::string canonical_request(const signed_request& request, std::span<const std::string> signed_headers,
                              std::string_view body_hash) {
  std::string text{request.method};
  text += '\n' + canonical_path(request.path) + '\n' + canonical_query(request.query) + '\n';
  for (const auto& name : signed_headers)
    append_header_line(text, request, name);
  text += '\n' + join(signed_headers) + '\n';
  return text.append(body_hash);
}

std::string format_timestamp(core::wall_time at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

std::optional<core::wall_time> parse_timestamp(std::string_view text) {
  if (text.size() == 16 && text[8] == 'T' && text[15] == 'Z')
    return make_time(read_number(text, 0, 4), read_number(text, 4, 2), read_number(text, 6, 2),
                     {read_number(text, 9, 2), read_number(text, 11, 2), read_number(text, 13, 2)});
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || !text.ends_with(" GMT"))
    return std::nullopt;
  const auto month = months.find(text.substr(8, 3));
  if (month == months.npos || month % 3 != 0)
    return std::nullopt;
  return make_time(read_number(text, 12, 4), static_cast<int>(month / 3) + 1, read_number(text, 5, 2),
                   {read_number(text, 17, 2), read_number(text, 20, 2), read_number(text, 23, 2)});
}

} // namespace rollcall::front
