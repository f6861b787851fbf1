/// References side by side in memory that somebody else owns. Plain value.
#pragma once

#include "core/mutation.hpp"

#include <span>

namespace rollcall::shard {

/// Shapes: `values` is ids.size() × dimension, row-major.
struct reference_block {
  core::reference_kind kind = core::reference_kind::face;
  std::size_t dimension = 0;
  std::span<const core::uuid> ids;
  std::span<const float> values;

  [[nodiscard]] std::span<const float> row(std::size_t at) const { return values.subspan(at * dimension, dimension); }
};

} // namespace rollcall::shard
