/// References side by side in memory that somebody else owns. Plain value.
#pragma once

#include "core/mutation.hpp"
#include "shard/code_tiles.hpp"

#include <span>

namespace rollcall::shard {

/// Shapes: `values` is ids.size() × stride, row-major, of which the first `dimension` of each row are the reference.
struct reference_block {
  core::reference_kind kind = core::reference_kind::face;
  std::size_t dimension = 0;
  std::size_t stride = 0;
  std::span<const core::uuid> ids;
  std::span<const float> values;
  code_run codes{}; ///< of all of them, or none

  [[nodiscard]] std::span<const float> row(std::size_t at) const { return values.subspan(at * stride, dimension); }
  [[nodiscard]] known_code code(std::size_t at) const noexcept {
    return codes.by ? known_code{&codes, at} : known_code{};
  }
};

} // namespace rollcall::shard
