#include "shard/trained_transform.hpp"

#include "core/assert.hpp"
#include "core/log.hpp"
#include "shard/aligned_floats.hpp"
#include "shard/code_tiles.hpp"

#include <faiss/VectorTransform.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <vector>

// OpenMP 5.0, 3.2.1 and 3.2.3; its header comes with GCC only.
extern "C" {
void omp_set_num_threads(int count);
int omp_get_max_threads();
}
// OpenBLAS's own; absent when another BLAS is installed.
extern "C" {
[[gnu::weak]] void openblas_set_num_threads(int count);
[[gnu::weak]] int openblas_get_num_threads();
}

namespace rollcall::shard {

namespace {

/// y = A (x - mean), A from FAISS: rows orthonormal to float32's rounding.
class principal_transform final : public transform {
public:
  principal_transform(const faiss::PCAMatrix& trained, float spread)
      : from_(static_cast<std::size_t>(trained.d_in)),
        to_(static_cast<std::size_t>(trained.d_out)),
        spread_(spread),
        mean_(trained.mean),
        rows_(make_aligned_floats(to_ * padded(from_))) {
    for (std::size_t row = 0; row < to_; ++row)
      std::copy_n(trained.A.data() + row * from_, from_, rows_.get() + row * padded(from_));
  }

  [[nodiscard]] std::size_t from() const noexcept override { return from_; }
  [[nodiscard]] std::size_t to() const noexcept override { return to_; }
  [[nodiscard]] float spread() const noexcept override { return spread_; }

  void apply(std::span<const float> x, std::span<float> y) const override {
    ROLLCALL_ASSERT(x.size() == from_ && y.size() == to_);
    auto centred = make_aligned_floats(padded(from_));
    std::transform(x.begin(), x.end(), mean_.begin(), centred.get(), std::minus<>{});
    multiply(centred.get(), y);
  }

  double project(std::span<const float> q, std::span<float> y) const override {
    ROLLCALL_ASSERT(q.size() == from_ && y.size() == to_);
    auto aligned = make_aligned_floats(padded(from_));
    std::copy(q.begin(), q.end(), aligned.get());
    multiply(aligned.get(), y);
    double along_mean = 0;
    for (std::size_t i = 0; i < from_; ++i)
      along_mean += static_cast<double>(q[i]) * mean_[i];
    return along_mean;
  }

  [[nodiscard]] double centred_square(std::span<const float> x) const override {
    double sum = 0;
    for (std::size_t i = 0; i < from_; ++i) {
      const double off = static_cast<double>(x[i]) - mean_[i];
      sum += off * off;
    }
    return sum;
  }

private:
  void multiply(const float* vector, std::span<float> y) const {
    dot_block({rows_.get(), to_, padded(from_)}, {vector, 1, padded(from_)}, y);
  }

  std::size_t from_;
  std::size_t to_;
  float spread_;
  std::vector<float> mean_;
  aligned_floats rows_;
};

/// The threads of FAISS and of its BLAS are not wanted: training runs beside searches, on one.
class on_one_thread {
public:
  on_one_thread() : omp_(omp_get_max_threads()), blas_(openblas_get_num_threads ? openblas_get_num_threads() : 0) {
    omp_set_num_threads(1);
    set_blas(1);
  }
  ~on_one_thread() {
    omp_set_num_threads(omp_);
    set_blas(blas_);
  }
  on_one_thread(const on_one_thread&) = delete;
  on_one_thread& operator=(const on_one_thread&) = delete;

private:
  static void set_blas(int count) {
    if (openblas_set_num_threads)
      openblas_set_num_threads(count);
  }

  int omp_;
  int blas_;
};

std::shared_ptr<const transform> train(std::span<const float> sample, std::size_t dimension) {
  const on_one_thread only;
  const auto whole = static_cast<int>(dimension);
  faiss::PCAMatrix trained{whole, whole};
  trained.train(static_cast<faiss::Index::idx_t>(sample.size() / dimension), sample.data());
  double all = 0;
  for (const float each : trained.eigenvalues)
    all += std::max(0.0F, each);
  double kept = 0;
  std::size_t to = 0;
  while (to < dimension && (to % group_coordinates != 0 || kept < trained_energy * all))
    kept += std::max(0.0F, trained.eigenvalues[to++]);
  if (!(all > 0) || 4 * to > 3 * dimension || to % group_coordinates != 0)
    return nullptr;
  trained.d_out = static_cast<int>(to);
  trained.random_rotation = true;
  trained.prepare_Ab();
  // Eigenvalues are of the sum over the sample in this version of FAISS, or of the mean in others: measured instead.
  principal_transform made{trained, 1};
  std::vector<float> coordinates(to);
  double square = 0;
  const auto count = std::min<std::size_t>(1'000, sample.size() / dimension);
  for (std::size_t row = 0; row < count; ++row) {
    made.apply(sample.subspan(row * dimension, dimension), coordinates);
    for (const float each : coordinates)
      square += static_cast<double>(each) * each;
  }
  const auto spread = std::sqrt(square / static_cast<double>(count * to));
  return std::make_shared<principal_transform>(trained, static_cast<float>(spread));
}

} // namespace

std::shared_ptr<const transform> train_transform(std::span<const float> sample, std::size_t dimension) {
  ROLLCALL_ASSERT(dimension >= 1 && sample.size() % dimension == 0);
  if (sample.size() < 4 * dimension * dimension)
    return nullptr;
  try {
    return train(sample, dimension);
  } catch (const std::exception& failed) {
    core::log(core::log_level::warning, "shard", "no transform could be trained", {{"error", failed.what()}});
    return nullptr;
  }
}

} // namespace rollcall::shard
