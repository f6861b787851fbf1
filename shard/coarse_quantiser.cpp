#include "shard/coarse_quantiser.hpp"

#include "core/assert.hpp"
#include "core/log.hpp"
#include "shard/one_thread.hpp"
#include "shard/quantise.hpp"
#include "shard/scan.hpp"

#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>

#include <algorithm>
#include <exception>
#include <numeric>

namespace rollcall::shard {

struct coarse_quantiser::searched {
  faiss::IndexFlatL2 index;
};

coarse_quantiser::coarse_quantiser(std::shared_ptr<const transform> by, std::vector<float> centres)
    : by_(std::move(by)), codes_(centres.size()), biases_(centres.size() / by_->to()) {
  const auto to = by_->to();
  constexpr std::size_t most = 65'536;
  ROLLCALL_ASSERT(centres.size() == lists() * to && lists() >= 1 && lists() <= most);
  std::vector<float> shift(to); // what the mean takes away from a probe
  by_->apply(std::vector<float>(by_->from()), shift);
  for (std::size_t list = 0; list < lists(); ++list) {
    const std::span centre{centres.data() + list * to, to};
    const auto cut = quantise(centre, fine_levels(*by_), {codes_.data() + list * to, to});
    const auto along = std::inner_product(centre.begin(), centre.end(), shift.begin(), 0.0);
    biases_[list] = static_cast<float>(along - cut.whole / 2);
  }
  auto made = std::make_unique<searched>(searched{faiss::IndexFlatL2{static_cast<faiss::Index::idx_t>(to)}});
  made->index.add(static_cast<faiss::Index::idx_t>(lists()), centres.data());
  centres_ = std::move(made);
}

coarse_quantiser::~coarse_quantiser() = default;

std::size_t coarse_quantiser::memory_bytes() const noexcept {
  return lists() * (by_->to() * (1 + sizeof(float)) + sizeof(float));
}

std::vector<coarse_quantiser::place> coarse_quantiser::assign(std::span<const float> coordinates) const {
  const on_one_thread only;
  const auto count = coordinates.size() / by_->to();
  std::vector<float> squares(count);
  std::vector<faiss::Index::idx_t> nearest(count);
  centres_->index.search(static_cast<faiss::Index::idx_t>(count), coordinates.data(), 1, squares.data(),
                         nearest.data());
  std::vector<place> places(count);
  for (std::size_t i = 0; i < count; ++i) // -1 where no distance is a number
    places[i] = {static_cast<std::uint32_t>(std::max<faiss::Index::idx_t>(nearest[i], 0)), squares[i]};
  return places;
}

// <T q, c> + <T (0 - m), c> - |c|² / 2, but for what all lists have in common: greatest where |T (q - m) - c| is least.
void coarse_quantiser::score(const coded_probe& probe, std::vector<float>& into) const {
  ROLLCALL_ASSERT(probe.by == by_.get());
  const auto to = by_->to();
  into.resize(lists());
  for (std::size_t list = 0; list < lists(); ++list) {
    const auto sum = byte_sum({codes_.data() + list * to, to}, probe.values);
    into[list] = probe.fine.per_sum * static_cast<float>(sum) + biases_[list];
  }
}

void coarse_quantiser::nearest(const coded_probe& probe, std::size_t count, std::vector<std::uint32_t>& into) const {
  ROLLCALL_ASSERT(count <= lists());
  std::vector<float> scores;
  score(probe, scores);
  into.resize(lists());
  std::iota(into.begin(), into.end(), 0U);
  const auto is_nearer = [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; };
  const auto end = into.begin() + static_cast<std::ptrdiff_t>(count);
  if (end != into.end())
    std::nth_element(into.begin(), end, into.end(), is_nearer);
  into.resize(count);
  std::sort(into.begin(), into.end(), is_nearer);
}

std::size_t coarse_quantiser::rank(const coded_probe& probe, std::uint32_t list) const {
  std::vector<float> scores;
  score(probe, scores);
  const auto nearer = std::count_if(scores.begin(), scores.end(), [&](float each) { return each > scores[list]; });
  return static_cast<std::size_t>(nearer);
}

std::shared_ptr<const coarse_quantiser> train_quantiser(std::shared_ptr<const transform> by,
                                                        std::span<const float> sample, std::size_t lists) {
  const auto to = by->to();
  const auto count = sample.size() / to;
  ROLLCALL_ASSERT(lists >= 1 && count >= lists);
  try {
    const on_one_thread only;
    faiss::ClusteringParameters how;
    how.niter = 8;
    how.seed = 1;
    how.min_points_per_centroid = 1;
    how.max_points_per_centroid = static_cast<int>(count / lists + 1);
    faiss::Clustering trained{static_cast<int>(to), static_cast<int>(lists), how};
    faiss::IndexFlatL2 index{static_cast<faiss::Index::idx_t>(to)};
    trained.train(static_cast<faiss::Index::idx_t>(count), sample.data(), index);
    return std::make_shared<coarse_quantiser>(std::move(by), std::move(trained.centroids));
  } catch (const std::exception& failed) {
    core::log(core::log_level::warning, "shard", "no lists could be made", {{"error", failed.what()}});
    return nullptr;
  }
}

} // namespace rollcall::shard
