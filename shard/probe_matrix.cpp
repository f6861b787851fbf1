#include "shard/probe_matrix.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::shard {

probe_matrix::probe_matrix(std::size_t count, std::size_t dimension)
    : count_(count), dimension_(dimension), stride_(padded(dimension)), data_(make_aligned_floats(count * stride_)) {}

core::result<probe_matrix> probe_matrix::make(std::span<const float> values, std::size_t dimension) {
  if (dimension == 0 || values.empty() || values.size() % dimension != 0)
    return core::fail(core::error_code::invalid_argument, "The probes do not have the shape count × dimension.");
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    return core::fail(core::error_code::invalid_argument, "A probe has a value that is not finite.");
  probe_matrix made(values.size() / dimension, dimension);
  for (std::size_t p = 0; p < made.count_; ++p)
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(p * dimension), dimension,
                made.data_.get() + p * made.stride_);
  return made;
}

} // namespace rollcall::shard
