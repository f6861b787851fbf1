#include "wire/shapes.hpp"

#include "wire/base64.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace rollcall::wire {

namespace json = boost::json;

namespace {

constexpr std::size_t violations_described = 10;
constexpr std::size_t value_characters_shown = 100;

std::string show(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// "MaxResults" at "" is "maxResults"; "Bytes" at "image" is "image.bytes".
std::string member_path(const std::string& path, std::string_view name) {
  std::string joined = path.empty() ? std::string{} : path + '.';
  const auto first = joined.size();
  joined += name;
  if (joined[first] >= 'A' && joined[first] <= 'Z')
    joined[first] = static_cast<char>(joined[first] - 'A' + 'a');
  return joined;
}

std::string length_constraint(bool is_minimum, std::int64_t bound) {
  return std::string{"Member must have length "} + (is_minimum ? "greater" : "less") + " than or equal to "
         + std::to_string(bound);
}

std::string value_constraint(bool is_minimum, std::int64_t bound) {
  return std::string{"Member must have value "} + (is_minimum ? "greater" : "less") + " than or equal to "
         + std::to_string(bound);
}

std::string enum_constraint(std::span<const std::string_view> values) {
  std::string text = "Member must satisfy enum value set: [";
  for (const auto value : values)
    text.append(text.back() == '[' ? "" : ", ").append(value);
  return text + "]";
}

/// The first constraint that a length breaks, if any.
std::optional<std::string> broken_length(const shape& of, std::size_t length) {
  const auto signed_length = static_cast<std::int64_t>(length);
  if (signed_length < of.min)
    return length_constraint(true, of.min);
  if (signed_length > of.max)
    return length_constraint(false, of.max);
  return std::nullopt;
}

/// All constraints that a text breaks.
std::vector<std::string> broken_by_text(const shape& of, std::string_view text) {
  std::vector<std::string> broken;
  if (auto length = broken_length(of, count_characters(text)))
    broken.push_back(*std::move(length));
  if (!matches(of.pattern, text))
    broken.push_back("Member must satisfy regular expression pattern: " + std::string{expression_of(of.pattern)});
  if (!of.values.empty() && std::find(of.values.begin(), of.values.end(), text) == of.values.end())
    broken.push_back(enum_constraint(of.values));
  return broken;
}

void check_value(const shape& of, const json::value& value, const std::string& path, findings& found);

void check_text(const shape& of, const json::value& value, const std::string& path, findings& found) {
  const auto* text = value.if_string();
  if (text == nullptr)
    return found.wrong_type(path, "a string");
  for (const auto& broken : broken_by_text(of, *text))
    found.violation(path, *text, broken);
}

/// Measures without decoding, so that an oversized picture costs nothing more; what is not base64 shows when it is
/// decoded.
void check_blob(const shape& of, const json::value& value, const std::string& path, findings& found) {
  const auto* text = value.if_string();
  const auto size = text == nullptr ? std::nullopt : base64_decoded_size(*text);
  if (!size)
    return found.wrong_type(path, "a string of base64");
  if (const auto broken = broken_length(of, *size))
    found.violation(path, "[" + std::to_string(*size) + " bytes]", *broken);
}

void check_integer(const shape& of, const json::value& value, const std::string& path, findings& found) {
  const bool is_whole = value.is_double() && std::trunc(value.get_double()) == value.get_double()
                        && std::abs(value.get_double()) < 0x1p63;
  if (!value.is_int64() && !value.is_uint64() && !is_whole)
    return found.wrong_type(path, "an integer");
  std::string shown;
  bool is_under = false;
  bool is_over = false;
  if (value.is_uint64()) { // Boost.JSON keeps only what is beyond int64 in this type
    shown = std::to_string(value.get_uint64());
    is_over = of.max < std::numeric_limits<std::int64_t>::max();
  } else {
    const auto number = is_whole ? static_cast<std::int64_t>(value.get_double()) : value.get_int64();
    shown = std::to_string(number);
    is_under = number < of.min;
    is_over = number > of.max;
  }
  if (is_under || is_over)
    found.violation(path, shown, value_constraint(is_under, is_under ? of.min : of.max));
}

void check_number(const shape& of, const json::value& value, const std::string& path, findings& found) {
  if (!value.is_number())
    return found.wrong_type(path, "a number");
  const auto number = value.to_number<double>();
  if (!std::isfinite(number))
    return found.wrong_type(path, "a finite number");
  if (number < static_cast<double>(of.min))
    found.violation(path, show(number), value_constraint(true, of.min));
  if (number > static_cast<double>(of.max))
    found.violation(path, show(number), value_constraint(false, of.max));
}

void check_boolean(const json::value& value, const std::string& path, findings& found) {
  if (!value.is_bool())
    found.wrong_type(path, "true or false");
}

void check_list(const shape& of, const json::value& value, const std::string& path, findings& found) {
  const auto* list = value.if_array();
  if (list == nullptr)
    return found.wrong_type(path, "a list");
  if (const auto broken = broken_length(of, list->size()))
    found.violation(path, "[" + std::to_string(list->size()) + " members]", *broken);
  for (std::size_t i = 0; i < list->size() && !found.is_malformed(); ++i) {
    const auto member_at = path + "." + std::to_string(i + 1) + ".member";
    check_value(*of.member, (*list)[i], member_at, found);
  }
}

void check_map(const shape& of, const json::value& value, const std::string& path, findings& found) {
  const auto* map = value.if_object();
  if (map == nullptr)
    return found.wrong_type(path, "an object");
  if (const auto broken = broken_length(of, map->size()))
    found.violation(path, "{" + std::to_string(map->size()) + " members}", *broken);
  for (const auto& member : *map) {
    for (const auto& broken : broken_by_text(*of.key, member.key()))
      found.violation(path, member.key(), "Map keys must satisfy constraint: [" + broken + "]");
    const auto* text = member.value().if_string();
    if (text == nullptr)
      return found.wrong_type(path, "an object of strings");
    for (const auto& broken : broken_by_text(*of.member, *text))
      found.violation(path, *text, "Map value must satisfy constraint: [" + broken + "]");
  }
}

void check_structure(const shape& of, const json::value& value, const std::string& path, findings& found) {
  const auto* structure = value.if_object();
  if (structure == nullptr)
    return found.wrong_type(path, "an object");
  for (const auto& member : of.fields)
    check_field(member, structure->if_contains(member.name), path, found);
}

constexpr std::string_view null_text = "null";

void check_value(const shape& of, const json::value& value, const std::string& path, findings& found) {
  if (value.is_null())
    return found.violation(path, null_text, "Member must not be null");
  switch (of.kind) {
    case json_kind::text:
      return check_text(of, value, path, found);
    case json_kind::blob:
      return check_blob(of, value, path, found);
    case json_kind::boolean:
      return check_boolean(value, path, found);
    case json_kind::integer:
      return check_integer(of, value, path, found);
    case json_kind::number:
      return check_number(of, value, path, found);
    case json_kind::list:
      return check_list(of, value, path, found);
    case json_kind::map:
      return check_map(of, value, path, found);
    case json_kind::structure:
      return check_structure(of, value, path, found);
    case json_kind::anything:
      return;
  }
}

} // namespace

void findings::wrong_type(std::string_view path, std::string_view expected) {
  if (!malformed_)
    malformed_ = "The member '" + std::string{path} + "' must be " + std::string{expected} + ".";
}

void findings::violation(std::string_view path, std::string_view value, std::string_view constraint) {
  if (++violations_ > violations_described)
    return;
  const auto shown = first_characters(value, value_characters_shown);
  const std::string quote = value.data() == null_text.data() ? "" : "'";
  text_ += text_.empty() ? "Value " : "; Value ";
  text_.append(quote).append(shown).append(shown.size() < value.size() ? "..." : "").append(quote);
  text_.append(" at '").append(path).append("' failed to satisfy constraint: ").append(constraint);
}

core::status findings::verdict() const {
  if (malformed_)
    return core::fail(core::error_code::malformed, *malformed_);
  if (violations_ == 0)
    return core::nothing{};
  const std::string_view plural = violations_ == 1 ? "" : "s";
  return core::fail(core::error_code::constraint_violation,
                    std::to_string(violations_) + " validation error" + std::string{plural} + " detected: " + text_);
}

void check_field(const field& which, const json::value* value, const std::string& path, findings& found) {
  const auto at = member_path(path, which.name);
  if (value != nullptr && !value->is_null())
    check_value(*which.of, *value, at, found);
  else if (which.is_required)
    found.violation(at, null_text, "Member must not be null");
}

} // namespace rollcall::wire
