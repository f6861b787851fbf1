#include "shard/codes/transform.hpp"

#include "core/assert.hpp"
#include "shard/codes/quantise.hpp"
#include "shard/snapshot/transform_codec.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

namespace rollcall::shard {

namespace {

// In place; values.size() is a power of two.
void walsh_hadamard(std::span<float> values) {
  for (std::size_t half = 1; half < values.size(); half *= 2)
    for (std::size_t first = 0; first < values.size(); first += 2 * half)
      for (std::size_t i = first; i < first + half; ++i) {
        const float a = values[i];
        const float b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
}

class mixing_transform final : public transform {
public:
  explicit mixing_transform(std::size_t dimension)
      : factors_(dimension), to_(std::max<std::size_t>(8, std::bit_ceil(dimension))) {
    std::mt19937_64 random(dimension); // the same on every node
    const auto length = static_cast<float>(1 / std::sqrt(static_cast<double>(to_)));
    for (auto& factor : factors_)
      factor = random() % 2 == 0 ? length : -length;
  }

  [[nodiscard]] std::size_t from() const noexcept override { return factors_.size(); }
  [[nodiscard]] std::size_t to() const noexcept override { return to_; }

  using transform::apply;
  double apply(std::span<const float> x, std::span<float> y) const override {
    ROLLCALL_ASSERT(x.size() == from() && y.size() == to());
    std::transform(x.begin(), x.end(), factors_.begin(), y.begin(), std::multiplies<>{});
    std::fill(y.begin() + static_cast<std::ptrdiff_t>(x.size()), y.end(), 0.0F);
    walsh_hadamard(y);
    return square_of(x);
  }

  double project(std::span<const float> q, std::span<float> y) const override {
    apply(q, y);
    return 0;
  }

  [[nodiscard]] float spread() const noexcept override {
    return static_cast<float>(1 / std::sqrt(static_cast<double>(to_)));
  }

  [[nodiscard]] core::bytes encode() const override { return encode_mixing_transform(from()); }

private:
  std::vector<float> factors_; ///< signs, times what makes the rows' length 1
  std::size_t to_;
};

} // namespace

std::shared_ptr<const transform> make_mixing_transform(std::size_t dimension) {
  ROLLCALL_ASSERT(dimension >= 1);
  return std::make_shared<mixing_transform>(dimension);
}

} // namespace rollcall::shard
