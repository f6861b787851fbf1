/// The transform that a trained one is: a mean, and rows that were found by looking at references.
#pragma once

#include "shard/codes/transform.hpp"

#include <memory>
#include <span>

namespace rollcall::shard {

/// y = A (x - mean). `mean`: the dimension, in [1, 65'536]; `rows`: to × the dimension, row-major, orthonormal to
/// float32's rounding, to a multiple of 8 and at most the dimension; `spread` above 0. Preconditions, asserted; the
/// orthonormality is the caller's word.
[[nodiscard]] std::shared_ptr<const transform> make_principal_transform(std::span<const float> mean,
                                                                        std::span<const float> rows, float spread);

/// y = `then` of `first`'s y, as one transform. Precondition (asserted): then.from() == first.to().
[[nodiscard]] std::shared_ptr<const transform> compose(const transform& first, const transform& then);

} // namespace rollcall::shard
