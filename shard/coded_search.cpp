// How a coded index is searched.
#include "core/assert.hpp"
#include "shard/candidates.hpp"
#include "shard/coded_index.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <exception>
#include <limits>
#include <mutex>
#include <vector>

namespace rollcall::shard {

namespace {

// Tiles that all probes of a search pass over before the next: they stay in the level-2 cache.
// Tiles with candidates that the kernel collects before the thresholds are raised.
constexpr std::size_t tiles_at_once = 8;
constexpr std::size_t bytes_per_run = std::size_t{256} << 10;
// What a thread takes of a search that others help with, and the references from which on they do.
constexpr std::size_t tiles_per_share = block_rows / tile_rows / 2;
constexpr std::size_t shared_from = 2 * block_rows;

/// One probe on its way through a block.
struct probe_scan {
  coded_probe coded;
  candidates found;
  std::atomic<float>* lowest; ///< cosine that is of use, as far as any thread of the search knows

  void share_lowest() noexcept {
    const float own = found.lowest();
    float known = lowest->load(std::memory_order_relaxed);
    while (known < own && !lowest->compare_exchange_weak(known, own, std::memory_order_relaxed)) {
    }
    found.raise_lowest(known);
  }

  [[nodiscard]] scan_probe view() const noexcept {
    return {coded.values.data(), coded.coarse.per_sum, coded.per_loss, found.lowest() - coded.coarse.base - coded.slack,
            coded.groups_at_once};
  }

  void take(const tile_bounds& from, const std::uint8_t* losses, std::size_t first_row, std::size_t rows) {
    const auto valid = rows >= tile_rows ? ~std::uint64_t{0} : (std::uint64_t{1} << rows) - 1;
    for (auto left = from.admitted & valid; left != 0; left &= left - 1) {
      const auto at = static_cast<std::size_t>(std::countr_zero(left));
      const float highest = coded.coarse.base + from.bounds[at] + coded.slack;
      const float estimate = highest - coded.slack - coded.per_loss * static_cast<float>(losses[at]);
      const bool is_bounded = losses[at] != any_loss;
      found.add(first_row + at, {estimate, is_bounded ? highest : std::numeric_limits<float>::infinity()});
    }
  }
};

// All `probes`, at most probes_at_once(), over one run of tiles whose first row is `first_row`. Thresholds rise between
// the calls of the kernel, which fill `bounds`.
void scan_run(const tile_run& run, std::size_t first_row, std::size_t rows, std::span<probe_scan> probes,
              std::span<tile_bounds> bounds) {
  std::array<scan_probe, probes_per_scan> views;
  for (std::size_t at = 0; at < run.count;) {
    std::transform(probes.begin(), probes.end(), views.begin(), [](auto& probe) {
      probe.share_lowest();
      return probe.view();
    });
    const auto progress = scan_tiles(run, at, {views.data(), probes.size()}, bounds);
    for (std::size_t i = 0; i < progress.filled; ++i) {
      const auto done = bounds[i].tile * tile_rows;
      probes[bounds[i].probe].take(bounds[i], run.losses + done, first_row + done, rows - done);
    }
    at = progress.next;
  }
}

// Tiles [first, end) of a block whose first row is `first_row`.
void scan_block(const code_tiles& block, std::size_t first, std::size_t end, std::size_t first_row,
                std::span<probe_scan> probes) {
  const auto at_once = std::min(probes.size(), probes_at_once());
  std::vector<tile_bounds> bounds(tiles_at_once * at_once);
  const auto step = probes.size() == at_once ? block.tile_count()
                                             : std::max<std::size_t>(1, bytes_per_run / tile_bytes(block.by().to()));
  for (auto tile = first; tile < end; tile += step) {
    const auto run = block.tiles(tile, std::min(step, end - tile));
    const auto done = tile * tile_rows;
    for (std::size_t p = 0; p < probes.size(); p += at_once)
      scan_run(run, first_row + done, block.size() - done, probes.subspan(p, std::min(at_once, probes.size() - p)),
               bounds);
  }
}

} // namespace

/// What the threads of one search have in common.
class coded_index::shared_search {
public:
  shared_search(std::span<const top_k> best, std::size_t tiles_a_share)
      : tiles_at_once_(tiles_a_share), lowest_(best.size()) {
    for (std::size_t p = 0; p < best.size(); ++p)
      lowest_[p] = best[p].lowest();
  }

  /// The next tiles that nobody has taken, of at most `blocks` blocks; none: count is 0.
  struct tiles {
    std::size_t block = 0;
    std::size_t first = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] tiles next(std::span<const code_block> of) noexcept {
    for (;;) {
      const auto at = next_++ * tiles_at_once_;
      const auto block = at / (block_rows / tile_rows);
      if (block >= of.size())
        return {};
      const auto first = at % (block_rows / tile_rows);
      if (const auto count = of[block].codes().tile_count(); first < count)
        return {block, first, std::min(tiles_at_once_, count - first)};
    }
  }
  [[nodiscard]] std::atomic<float>& lowest(std::size_t probe) noexcept { return lowest_[probe]; }

private:
  std::size_t tiles_at_once_;
  std::vector<std::atomic<float>> lowest_; ///< by probe
  std::atomic<std::size_t> next_{0};
};

search_outcome coded_index::search_share(const probe_matrix& probes, std::span<top_k> best, shared_search& with) const {
  std::vector<probe_scan> scans;
  scans.reserve(probes.count());
  for (std::size_t p = 0; p < probes.count(); ++p)
    scans.push_back({{}, {rows_, probes.rows(p, 1), best[p], limits_.most_compared}, &with.lowest(p)});
  for (auto tiles = with.next(blocks_); tiles.count != 0; tiles = with.next(blocks_)) {
    const auto& codes = blocks_[tiles.block].codes();
    const auto first_row = tiles.block * block_rows;
    for (std::size_t p = 0; p < scans.size(); ++p)
      codes.code({probes.rows(p, 1).data, dimension()}, scans[p].coded);
    scan_block(codes, tiles.first, tiles.first + tiles.count, first_row, scans);
    for (auto& scan : scans)
      scan.found.refine(
          [&](std::size_t row) {
            rows_.holds_fine(row);
            return codes.bound(row - first_row, scan.coded);
          },
          [&](std::size_t row) { codes.prefetch(row - first_row); });
  }
  search_outcome outcome;
  for (auto& scan : scans) {
    scan.share_lowest();
    if (!scan.found.finish())
      outcome.exact = exactness::not_proved;
    outcome.compared += scan.found.compared();
  }
  return outcome;
}

search_outcome coded_index::search(const probe_matrix& probes, exactness_wanted, std::span<top_k> best) const {
  ROLLCALL_ASSERT(probes.dimension() == dimension() && best.size() == probes.count());
  if (limits_.helpers == nullptr || size() < shared_from) {
    shared_search alone(best, block_rows / tile_rows);
    return search_share(probes, best, alone);
  }
  shared_search shared(best, tiles_per_share);
  std::mutex merging;
  search_outcome all;
  std::exception_ptr failed;
  limits_.helpers->run([&] {
    try {
      std::vector<top_k> own;
      for (std::size_t p = 0; p < best.size(); ++p)
        own.emplace_back(best[p].k(), shared.lowest(p));
      const auto outcome = search_share(probes, own, shared);
      const std::lock_guard lock(merging);
      for (std::size_t p = 0; p < best.size(); ++p)
        for (const auto& hit : own[p].take())
          best[p].push(hit);
      all.compared += outcome.compared;
      if (outcome.exact != exactness::proved)
        all.exact = outcome.exact;
    } catch (...) {
      const std::lock_guard lock(merging);
      failed = std::current_exception();
    }
  });
  if (failed)
    std::rethrow_exception(failed);
  return all;
}

} // namespace rollcall::shard
