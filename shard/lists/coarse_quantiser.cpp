#include "shard/lists/coarse_quantiser.hpp"

#include "core/assert.hpp"
#include "core/log.hpp"
#include "shard/codes/scan.hpp"
#include "shard/one_thread.hpp"

#include <faiss/Clustering.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <limits>
#include <numeric>
#include <optional>

namespace rollcall::shard {

namespace {

constexpr float nothing = -std::numeric_limits<float>::infinity();

double spread_of(std::span<const float> values) {
  return std::max(std::sqrt(square_of(values) / static_cast<double>(values.size())), 1e-20); // zeros, too, have codes
}

/// One row on its way over the centres: which is nearest, of each place in their tiles.
class row_scan {
public:
  void begin(std::span<const std::uint8_t> fine) {
    constexpr int middle = 128;
    values_.resize(fine.size());
    std::transform(fine.begin(), fine.end(), values_.begin(),
                   [](std::uint8_t level) { return static_cast<std::int8_t>(static_cast<int>(level) - middle); });
    groups_at_once_ = groups_in_16_bits(values_);
    best_.fill(nothing);
    tiles_.fill(0);
  }
  [[nodiscard]] scan_probe view(float per_sum) const noexcept {
    return {values_.data(), per_sum, 0, nothing, groups_at_once_};
  }
  void take(std::uint32_t tile, const float* products, const float* biases) noexcept {
    for (std::size_t at = 0; at < tile_rows; ++at) {
      const float score = products[at] + biases[at];
      const bool is_better = score > best_[at];
      best_[at] = is_better ? score : best_[at];
      tiles_[at] = is_better ? tile : tiles_[at];
    }
  }
  /// The list of the best score, and that.
  [[nodiscard]] std::pair<std::uint32_t, float> end() const noexcept {
    std::pair<std::uint32_t, float> found{0, nothing};
    for (std::uint32_t at = 0; at < tile_rows; ++at) {
      const auto list = tiles_[at] * static_cast<std::uint32_t>(tile_rows) + at;
      if (best_[at] > found.second || (best_[at] == found.second && list < found.first))
        found = {list, best_[at]};
    }
    return found;
  }
  [[nodiscard]] int sum() const noexcept { return std::accumulate(values_.begin(), values_.end(), 0); }

private:
  std::vector<std::int8_t> values_;
  std::size_t groups_at_once_ = 0;
  std::array<float, tile_rows> best_{};
  std::array<std::uint32_t, tile_rows> tiles_{};
};

/// Centres as k-means of FAISS asks for them, found by the scan over codes, which is ten times as fast as its own.
class scanned_centres final : public faiss::Index {
public:
  explicit scanned_centres(std::shared_ptr<const transform> by)
      : faiss::Index(static_cast<idx_t>(by->to())), by_(std::move(by)) {}

  void add(idx_t count, const float* centres) override {
    const auto lists = static_cast<std::size_t>(count);
    centres_.emplace(by_, std::span{centres, lists * by_->to()});
    ntotal = count;
  }
  void reset() override {
    centres_.reset();
    ntotal = 0;
  }
  void search(idx_t count, const float* rows, idx_t k, float* squares, idx_t* labels,
              const faiss::SearchParameters* /*how*/) const override {
    ROLLCALL_ASSERT(k == 1);
    std::vector<std::uint8_t> fine(static_cast<std::size_t>(count) * by_->to());
    (void)quantise({rows, fine.size()}, fine_levels(*by_), fine);
    const auto places = centres_->assign(fine);
    for (std::size_t i = 0; i < places.size(); ++i) {
      labels[i] = places[i].list;
      squares[i] = places[i].square;
    }
  }

private:
  std::shared_ptr<const transform> by_;
  std::optional<coarse_quantiser> centres_;
};

} // namespace

// Near is what has a large <T (q - m), c> - |c|² / 2. A probe's coordinates are T q, so <T (0 - m), c> goes into its
// bias; a row's are its levels and half a step, which goes into the row's.
coarse_quantiser::coarse_quantiser(std::shared_ptr<const transform> by, std::span<const float> centres)
    : by_(std::move(by)),
      lists_(centres.size() / by_->to()),
      levels_(even_levels_for(spread_of(centres))),
      codes_(by_->to() / group_coordinates),
      probe_biases_((lists_ + tile_rows - 1) / tile_rows * tile_rows, nothing),
      row_biases_(probe_biases_) {
  constexpr std::size_t most = 65'536;
  const auto to = by_->to();
  ROLLCALL_ASSERT(centres.size() == lists_ * to && lists_ >= 1 && lists_ <= most);
  codes_.resize(lists_);
  std::vector<float> shift(to); // what the mean takes away from a probe
  by_->apply(std::vector<float>(by_->from()), shift);
  std::vector<std::uint8_t> levels(to);
  for (std::size_t list = 0; list < lists_; ++list) {
    const auto cut = quantise(centres.subspan(list * to, to), levels_, levels);
    codes_.write(list, levels, 0);
    float along = 0;
    float sum = 0;
    for (std::size_t i = 0; i < to; ++i) {
      along += value_of(levels[i], levels_) * shift[i];
      sum += value_of(levels[i], levels_);
    }
    const auto half_square = static_cast<float>(cut.said / 2);
    probe_biases_[list] = along - half_square;
    row_biases_[list] = sum * fine_levels(*by_).step / 2 - half_square;
  }
}

std::size_t coarse_quantiser::memory_bytes() const noexcept {
  return codes_.memory_bytes() + (probe_biases_.size() + row_biases_.size()) * sizeof(float);
}

std::vector<coarse_quantiser::place> coarse_quantiser::assign(std::span<const std::uint8_t> fine) const {
  const auto to = by_->to();
  const auto count = fine.size() / to;
  const auto by_row = fine_levels(*by_);
  const float per_sum = by_row.step * levels_.step;
  const float middle = static_cast<float>(levels_.count - 1) / 2;
  std::vector<row_scan> rows(probes_at_once());
  std::vector<scan_probe> views(rows.size());
  std::vector<place> places(count);
  const auto take = [&](const tile_bounds& of) {
    rows[of.probe].take(static_cast<std::uint32_t>(of.tile), of.bounds.data(),
                        row_biases_.data() + of.tile * tile_rows);
  };
  for (std::size_t first = 0; first < count; first += rows.size()) {
    const auto some = std::min(rows.size(), count - first);
    for (std::size_t i = 0; i < some; ++i) {
      rows[i].begin(fine.subspan((first + i) * to, to));
      views[i] = rows[i].view(per_sum);
    }
    scan_tiles(tiles(), {views.data(), some}, tile_taker{take});
    for (std::size_t i = 0; i < some; ++i) {
      const auto [list, score] = rows[i].end();
      float square = 0;
      for (const auto level : fine.subspan((first + i) * to, to))
        square += value_of(level, by_row) * value_of(level, by_row);
      places[first + i] = {list, square - 2 * (score - middle * per_sum * static_cast<float>(rows[i].sum()))};
    }
  }
  return places;
}

// But for what all lists have in common.
std::vector<float> coarse_quantiser::score(const coded_probe& probe) const {
  ROLLCALL_ASSERT(probe.by == by_.get());
  const scan_probe view{probe.values.data(), probe.fine.per_sum / fine_levels(*by_).step * levels_.step, 0, nothing,
                        probe.groups_at_once};
  std::vector<float> scores(probe_biases_);
  const auto take = [&scores](const tile_bounds& of) {
    for (std::size_t at = 0; at < tile_rows; ++at)
      scores[of.tile * tile_rows + at] += of.bounds[at];
  };
  scan_tiles(tiles(), {&view, 1}, tile_taker{take});
  return scores;
}

void coarse_quantiser::nearest(const coded_probe& probe, std::size_t count, std::vector<std::uint32_t>& into) const {
  ROLLCALL_ASSERT(count <= lists());
  const auto scores = score(probe);
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
  const auto scores = score(probe);
  const auto nearer = std::count_if(scores.begin(), scores.end(), [&](float each) { return each > scores[list]; });
  return static_cast<std::size_t>(nearer);
}

std::shared_ptr<const coarse_quantiser> train_quantiser(std::shared_ptr<const transform> by,
                                                        std::span<const std::uint8_t> fine, std::size_t lists) {
  const auto to = by->to();
  const auto count = fine.size() / to;
  ROLLCALL_ASSERT(lists >= 1 && count >= lists);
  try {
    const on_one_thread only;
    const auto sample = values_of(fine, fine_levels(*by));
    faiss::ClusteringParameters how;
    how.niter = 8;
    how.seed = 1;
    how.min_points_per_centroid = 1;
    how.max_points_per_centroid = static_cast<int>(count / lists + 1);
    faiss::Clustering trained{static_cast<int>(to), static_cast<int>(lists), how};
    scanned_centres centres{by};
    trained.train(static_cast<faiss::Index::idx_t>(count), sample.data(), centres);
    return std::make_shared<coarse_quantiser>(std::move(by), trained.centroids);
  } catch (const std::exception& failed) {
    core::log(core::log_level::warning, "shard", "no lists could be made", {{"error", failed.what()}});
    return nullptr;
  }
}

} // namespace rollcall::shard
