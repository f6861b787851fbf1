/// Damage to bodies that come from outside.
#pragma once

#include "core/bytes.hpp"
#include "tests/support/random_references.hpp"

namespace rollcall::testing {

/// The body cut short anywhere, or with any byte changed, is decoded or refused, never more (for a sanitizer to see).
template <class Decode>
void expect_survives_damage(const core::bytes& body, const Decode& decode) {
  random_references random{5};
  for (std::size_t size = 0; size < body.size(); ++size)
    static_cast<void>(decode(core::byte_view(body).first(size)).has_value());
  for (std::size_t at = 0; at < body.size(); ++at) {
    auto damaged = body;
    damaged[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
    static_cast<void>(decode(damaged).has_value());
  }
}

} // namespace rollcall::testing
