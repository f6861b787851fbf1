/// The probes of one search as the kernels want them: padded, aligned, checked. Immutable once made; any thread.
#pragma once

#include "core/result.hpp"
#include "shard/memory/aligned_floats.hpp"

#include <span>

namespace rollcall::shard {

class probe_matrix {
public:
  /// Copies `values`: nq × dimension float32, row-major, L2-normalised.
  /// Errors: `invalid_argument` when dimension is 0, `values` is empty or no multiple of it, or a value is not finite.
  [[nodiscard]] static core::result<probe_matrix> make(std::span<const float> values, std::size_t dimension);

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  /// Probes [first, first + count) as the kernels read them; valid as long as the matrix.
  [[nodiscard]] row_block rows(std::size_t first, std::size_t count) const noexcept {
    return {data_.get() + first * stride_, count, stride_};
  }

private:
  probe_matrix(std::size_t count, std::size_t dimension);

  std::size_t count_;
  std::size_t dimension_;
  std::size_t stride_;
  aligned_floats data_;
};

} // namespace rollcall::shard
