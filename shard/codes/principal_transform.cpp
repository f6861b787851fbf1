#include "shard/codes/principal_transform.hpp"

#include "core/assert.hpp"
#include "shard/codes/products.hpp"
#include "shard/codes/quantise.hpp"
#include "shard/memory/aligned_floats.hpp"
#include "shard/snapshot/transform_codec.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace rollcall::shard {

namespace {

class principal_transform final : public transform {
public:
  principal_transform(std::span<const float> mean, std::span<const float> rows, float spread)
      : from_(mean.size()),
        to_(rows.size() / from_),
        spread_(spread),
        mean_(mean.begin(), mean.end()),
        rows_(make_aligned_floats(to_ * padded(from_))) {
    for (std::size_t row = 0; row < to_; ++row)
      std::copy_n(rows.data() + row * from_, from_, rows_.get() + row * padded(from_));
  }

  [[nodiscard]] std::size_t from() const noexcept override { return from_; }
  [[nodiscard]] std::size_t to() const noexcept override { return to_; }
  [[nodiscard]] float spread() const noexcept override { return spread_; }

  double apply(std::span<const float> x, std::span<float> y) const override {
    double square = 0;
    apply({&x, 1}, y, {&square, 1});
    return square;
  }

  void apply(std::span<const std::span<const float>> xs, std::span<float> y, std::span<double> squares) const override {
    ROLLCALL_ASSERT(y.size() == xs.size() * to_ && squares.size() == xs.size());
    const auto stride = padded(from_);
    auto centred = make_aligned_floats(xs.size() * stride);
    for (std::size_t i = 0; i < xs.size(); ++i) {
      ROLLCALL_ASSERT(xs[i].size() == from_);
      std::transform(xs[i].begin(), xs[i].end(), mean_.begin(), centred.get() + i * stride, std::minus<>{});
      squares[i] = square_of({centred.get() + i * stride, from_});
    }
    multiply({rows_.get(), to_, stride}, {centred.get(), xs.size(), stride}, y);
  }

  double project(std::span<const float> q, std::span<float> y) const override {
    ROLLCALL_ASSERT(q.size() == from_ && y.size() == to_);
    auto aligned = make_aligned_floats(padded(from_));
    std::copy(q.begin(), q.end(), aligned.get());
    multiply({rows_.get(), to_, padded(from_)}, {aligned.get(), 1, padded(from_)}, y);
    double along_mean = 0;
    for (std::size_t i = 0; i < from_; ++i)
      along_mean += static_cast<double>(q[i]) * mean_[i];
    return along_mean;
  }

  [[nodiscard]] core::bytes encode() const override {
    std::vector<float> rows(to_ * from_);
    for (std::size_t row = 0; row < to_; ++row)
      std::copy_n(rows_.get() + row * padded(from_), from_, rows.data() + row * from_);
    return encode_principal_transform(mean_, rows, spread_);
  }

private:
  std::size_t from_;
  std::size_t to_;
  float spread_;
  std::vector<float> mean_;
  aligned_floats rows_;
};

/// What a transform does, as numbers.
struct affine_map {
  std::vector<float> mean;
  std::vector<float> columns; ///< from × to, row-major
};

affine_map map_of(const transform& of) {
  affine_map made{std::vector<float>(of.from()), std::vector<float>(of.from() * of.to())};
  std::vector<float> unit(of.from());
  for (std::size_t i = 0; i < of.from(); ++i) {
    unit[i] = 1;
    made.mean[i] = static_cast<float>(of.project(unit, std::span{made.columns}.subspan(i * of.to(), of.to())));
    unit[i] = 0;
  }
  return made;
}

} // namespace

std::shared_ptr<const transform> make_principal_transform(std::span<const float> mean, std::span<const float> rows,
                                                          float spread) {
  ROLLCALL_ASSERT(!mean.empty() && rows.size() % (8 * mean.size()) == 0 && spread > 0);
  return std::make_shared<principal_transform>(mean, rows, spread);
}

// B (A (x - m) - n) = B A (x - (m + Aᵀ n)), as A's rows are orthonormal.
std::shared_ptr<const transform> compose(const transform& first, const transform& then) {
  ROLLCALL_ASSERT(then.from() == first.to());
  auto [mean, columns] = map_of(first);
  const auto other = map_of(then);
  std::vector<float> rows(then.to() * first.from());
  for (std::size_t i = 0; i < first.from(); ++i) {
    const auto column = std::span{columns}.subspan(i * first.to(), first.to());
    for (std::size_t k = 0; k < first.to(); ++k) {
      mean[i] += column[k] * other.mean[k];
      for (std::size_t row = 0; row < then.to(); ++row)
        rows[row * first.from() + i] += column[k] * other.columns[k * then.to() + row];
    }
  }
  return make_principal_transform(mean, rows, then.spread());
}

} // namespace rollcall::shard
