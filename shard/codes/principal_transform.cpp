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

} // namespace

std::shared_ptr<const transform> make_principal_transform(std::span<const float> mean, std::span<const float> rows,
                                                          float spread) {
  ROLLCALL_ASSERT(!mean.empty() && rows.size() % (8 * mean.size()) == 0 && spread > 0);
  return std::make_shared<principal_transform>(mean, rows, spread);
}

} // namespace rollcall::shard
