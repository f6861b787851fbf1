/// UUIDs (RFC 4122) and the strong id types made of them. Value types; compared bytewise, so the order is the same on
/// every node: "ties go to the lower id" means this order.
#pragma once

#include "core/bytes.hpp"

#include <array>
#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::core {

struct uuid {
  std::array<std::uint8_t, 16> value{};

  friend auto operator<=>(const uuid&, const uuid&) = default;
  [[nodiscard]] bool is_nil() const noexcept { return *this == uuid{}; }
};

/// A new random (version 4) UUID from the cryptographic generator.
[[nodiscard]] uuid random_uuid();

/// The name-based UUID of `name` within `space`: version 8 layout over SHA-256 (RFC 9562, 5.8). The same bytes give the
/// same id.
[[nodiscard]] uuid named_uuid(const uuid& space, byte_view name);

/// Lower-case, 36 characters.
[[nodiscard]] std::string to_string(const uuid& id);

/// Reads exactly the form that `to_string` writes (upper case is refused, as Rekognition does); empty otherwise.
[[nodiscard]] std::optional<uuid> parse_uuid(std::string_view text);

/// A UUID that names one kind of thing; different kinds do not mix.
template <class Kind>
struct strong_uuid {
  uuid id;

  friend auto operator<=>(const strong_uuid&, const strong_uuid&) = default;
};

template <class Kind>
[[nodiscard]] std::string to_string(const strong_uuid<Kind>& strong) {
  return to_string(strong.id);
}

using face_id = strong_uuid<struct face_kind>;
using image_id = strong_uuid<struct image_kind>;
/// One run of one API call; stands in every log line, decision and reply about it.
using request_id = strong_uuid<struct request_kind>;
/// Internal id of a user (the caller's `UserId` is a text, unique per collection only).
using user_key = strong_uuid<struct user_kind>;
/// Internal id of a collection: a deleted and re-created collection gets another, so late messages can't mix them.
using collection_key = strong_uuid<struct collection_kind>;

} // namespace rollcall::core

template <>
struct std::hash<rollcall::core::uuid> {
  std::size_t operator()(const rollcall::core::uuid& id) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.value.data()), id.value.size()});
  }
};

template <class Kind>
struct std::hash<rollcall::core::strong_uuid<Kind>> {
  std::size_t operator()(const rollcall::core::strong_uuid<Kind>& strong) const noexcept {
    return std::hash<rollcall::core::uuid>{}(strong.id);
  }
};
