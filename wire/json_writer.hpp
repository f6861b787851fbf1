/// Writes JSON text: compact, numbers in their shortest exact form, always valid UTF-8. One value being written; one
/// thread at a time.
#pragma once

#include "core/clock.hpp"
#include "core/uuid.hpp"
#include "wire/enums.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace rollcall::wire {

class json_writer {
public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  /// The name of the next value; inside an object only.
  void name(std::string_view text);

  /// A value that is JSON already, and is written as it is.
  void encoded(std::string_view json);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view{text}); }
  void value(const std::string& text) { value(std::string_view{text}); }
  void value(bool truth);
  void value(std::int64_t number);
  void value(std::uint64_t number);
  void value(int number) { value(static_cast<std::int64_t>(number)); }
  /// Precondition: finite (asserted); `member` sees to it.
  void value(float number);
  /// Seconds since the epoch with three decimals.
  void value(core::wall_time at);
  template <class Kind>
  void value(const core::strong_uuid<Kind>& id) {
    value(to_string(id));
  }
  template <class Enum>
  requires(!enum_texts<Enum>.empty()) void value(Enum one) { value(to_string(one)); }
  void value(const std::map<std::string, std::string>& map);
  template <class T>
  void value(const std::vector<T>& list) {
    begin_array();
    for (const auto& one : list)
      value(one);
    end_array();
  }
  /// Any structure with a `write_members(json_writer&, const T&)` beside it.
  template <class T>
  requires requires(json_writer& to, const T& from) { write_members(to, from); }
  void value(const T& structure) {
    begin_object();
    write_members(*this, structure);
    end_object();
  }

  /// Name and value; nothing at all for an empty optional or a number that is not finite.
  template <class T>
  void member(std::string_view key, const T& what) {
    if constexpr (std::is_floating_point_v<T>)
      if (!std::isfinite(what))
        return;
    name(key);
    value(what);
  }
  template <class T>
  void member(std::string_view key, const std::optional<T>& what) {
    if (what)
      member(key, *what);
  }

  /// The text; the writer is empty afterwards.
  [[nodiscard]] std::string take();

private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

} // namespace rollcall::wire
