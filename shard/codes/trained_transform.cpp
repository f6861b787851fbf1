#include "shard/codes/trained_transform.hpp"

#include "core/assert.hpp"
#include "core/log.hpp"
#include "shard/codes/code_tiles.hpp"
#include "shard/codes/principal_transform.hpp"
#include "shard/one_thread.hpp"

#include <faiss/VectorTransform.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <vector>

namespace rollcall::shard {

namespace {

std::shared_ptr<const transform> train(std::span<const float> sample, std::size_t dimension, double energy) {
  const on_one_thread only;
  const auto whole = static_cast<int>(dimension);
  faiss::PCAMatrix trained{whole, whole};
  trained.train(static_cast<faiss::Index::idx_t>(sample.size() / dimension), sample.data());
  double all = 0;
  for (const float each : trained.eigenvalues)
    all += std::max(0.0F, each);
  double kept = 0;
  std::size_t to = 0;
  while (to < dimension && (to % group_coordinates != 0 || kept < energy * all))
    kept += std::max(0.0F, trained.eigenvalues[to++]);
  if (!(all > 0) || 4 * to > 3 * dimension || to % group_coordinates != 0)
    return nullptr;
  trained.d_out = static_cast<int>(to);
  trained.random_rotation = true;
  trained.prepare_Ab();
  // Eigenvalues are of the sum over the sample in this version of FAISS, or of the mean in others: measured instead.
  const std::span rows{trained.A.data(), to * dimension};
  const auto made = make_principal_transform(trained.mean, rows, 1);
  std::vector<float> coordinates(to);
  double square = 0;
  const auto count = std::min<std::size_t>(1'000, sample.size() / dimension);
  for (std::size_t row = 0; row < count; ++row) {
    made->apply(sample.subspan(row * dimension, dimension), coordinates);
    for (const float each : coordinates)
      square += static_cast<double>(each) * each;
  }
  const auto spread = std::sqrt(square / static_cast<double>(count * to));
  return make_principal_transform(trained.mean, rows, static_cast<float>(spread));
}

} // namespace

std::shared_ptr<const transform> train_transform(std::span<const float> sample, std::size_t dimension, double energy) {
  ROLLCALL_ASSERT(dimension >= 1 && sample.size() % dimension == 0);
  if (sample.size() < 4 * dimension * dimension)
    return nullptr;
  try {
    return train(sample, dimension, energy);
  } catch (const std::exception& failed) {
    core::log(core::log_level::warning, "shard", "no transform could be trained", {{"error", failed.what()}});
    return nullptr;
  }
}

} // namespace rollcall::shard
