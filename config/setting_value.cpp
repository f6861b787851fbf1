#include "config/setting_value.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

namespace rollcall::config {

namespace {

struct unit {
  std::string_view suffix;
  std::uint64_t factor;
};

// Largest first.
constexpr std::array times{unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1'000},
                           unit{"ms", 1}};
constexpr std::array sizes{unit{"GiB", 1024 * mib}, unit{"MiB", mib}, unit{"KiB", kib}, unit{"B", 1}};

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// A whole number with an optional unit, in the smallest unit.
std::optional<std::uint64_t> measured(std::string_view text, std::span<const unit> units) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = whole<std::uint64_t>(text.substr(0, digits));
  const auto suffix = text.substr(digits);
  const auto found = std::find_if(units.begin(), units.end(), [&](const unit& each) { return each.suffix == suffix; });
  if (!number || (!suffix.empty() && found == units.end()))
    return std::nullopt;
  const auto factor = suffix.empty() ? 1 : found->factor;
  if (*number > UINT64_MAX / factor)
    return std::nullopt;
  return *number * factor;
}

std::string largest_unit(std::uint64_t value, std::span<const unit> units) {
  for (const auto& each : units)
    if (value % each.factor == 0 && value != 0)
      return std::to_string(value / each.factor) + std::string{each.suffix};
  return "0" + std::string{units.back().suffix};
}

bool is_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return false;
  const auto host = text.substr(0, colon);
  const bool is_bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  return (is_bracketed || host.find_first_of(":[] ") == std::string_view::npos)
         && whole<std::uint16_t>(text.substr(colon + 1)).has_value();
}

bool is_choice(std::string_view word, std::string_view choices) {
  while (!choices.empty()) {
    const auto end = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, end) == word)
      return true;
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return false;
}

bool is_allowed_text(const setting& which, std::string_view text) {
  switch (which.form) {
    case text_form::any:
      return !text.empty();
    case text_form::optional:
    case text_form::path:
      return true;
    case text_form::endpoint:
      return is_endpoint(text);
    case text_form::choice:
      return is_choice(text, which.choices);
    case text_form::digits:
      return text.size() == static_cast<std::size_t>(which.low)
             && text.find_first_not_of("0123456789") == std::string_view::npos;
  }
  return false;
}

/// Reads `text` into the member; false when it is not allowed.
struct assigner {
  settings& into;
  const setting& which;
  std::string_view text;

  [[nodiscard]] bool is_in_range(double value) const { return value >= which.low && value <= which.high; }

  bool operator()(bool settings::*member) const {
    into.*member = text == "true";
    return text == "true" || text == "false";
  }
  bool operator()(std::int64_t settings::*member) const {
    const auto number = whole<std::int64_t>(text);
    if (!number || !is_in_range(static_cast<double>(*number)))
      return false;
    into.*member = *number;
    return !which.is_power_of_two || std::has_single_bit(static_cast<std::uint64_t>(*number));
  }
  bool operator()(double settings::*member) const {
    const auto number = whole<double>(text);
    if (!number || !std::isfinite(*number) || !is_in_range(*number))
      return false;
    into.*member = *number;
    return true;
  }
  bool operator()(std::string settings::*member) const {
    into.*member = text;
    return is_allowed_text(which, text);
  }
  bool operator()(byte_size settings::*member) const {
    const auto size = measured(text, sizes);
    if (!size || !is_in_range(static_cast<double>(*size)))
      return false;
    (into.*member).value = *size;
    return true;
  }
  bool operator()(span settings::*member) const {
    const auto time = measured(text, times);
    if (!time || !is_in_range(static_cast<double>(*time)))
      return false;
    into.*member = span{static_cast<span::rep>(*time)};
    return true;
  }
};

struct writer {
  const settings& from;

  std::string operator()(bool settings::*member) const { return from.*member ? "true" : "false"; }
  std::string operator()(std::int64_t settings::*member) const { return std::to_string(from.*member); }
  std::string operator()(double settings::*member) const {
    std::ostringstream text;
    text << from.*member;
    return text.str();
  }
  std::string operator()(std::string settings::*member) const { return from.*member; }
  std::string operator()(byte_size settings::*member) const { return largest_unit((from.*member).value, sizes); }
  std::string operator()(span settings::*member) const {
    return largest_unit(static_cast<std::uint64_t>((from.*member).count()), times);
  }
};

bool is_quoted(const setting& which) {
  return std::holds_alternative<std::string settings::*>(which.value)
         || std::holds_alternative<byte_size settings::*>(which.value)
         || std::holds_alternative<span settings::*>(which.value);
}

} // namespace

core::status assign(settings& into, const setting& which, std::string_view text) {
  settings changed = into;
  if (!std::visit(assigner{changed, which, text}, which.value)) {
    auto message = std::string{which.name} + " must be " + allowed_values(which);
    if (!which.is_secret)
      message += ", not '" + std::string{text} + "'";
    return core::fail(core::error_code::invalid_config, std::move(message));
  }
  into = std::move(changed);
  return core::nothing{};
}

std::string value_text(const settings& from, const setting& which) {
  return std::visit(writer{from}, which.value);
}

std::string toml_value(const settings& from, const setting& which) {
  auto text = value_text(from, which);
  if (!is_quoted(which))
    return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

} // namespace rollcall::config
