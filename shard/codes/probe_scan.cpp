#include "shard/codes/probe_scan.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace rollcall::shard {

namespace {

// What a kernel fills before thresholds rise: so many tiles for each probe, but no more than stay in the level-1 cache
// beside the codes, or four for each of many probes: a kernel takes a while to begin with these.
constexpr std::size_t tiles_at_once = 8;
constexpr std::size_t most_beyond_a_tile = 24;
constexpr std::size_t fewest_beyond_a_tile = 4;

scan_probe view(const probe_scan& of) noexcept {
  const auto& coded = of.coded;
  return {coded.values.data(), coded.coarse.per_sum, coded.per_loss,
          of.found.lowest() - coded.coarse.base - coded.slack, coded.groups_at_once};
}

// The first `first` rows of the tile are left out, and those from `end` on.
std::uint64_t valid_rows(std::size_t first, std::size_t end) noexcept {
  const auto before = [](std::size_t row) {
    return row >= tile_rows ? ~std::uint64_t{0} : (std::uint64_t{1} << row) - 1;
  };
  return before(end) & ~before(first);
}

void take(probe_scan& probe, const tile_bounds& from, const std::uint8_t* losses, const scanned_rows& which) {
  const auto& coded = probe.coded;
  const auto begin = from.tile * tile_rows;
  const auto left_out = which.from - std::min(which.from, which.first_row + begin);
  for (auto left = from.admitted & valid_rows(left_out, which.count - begin); left != 0; left &= left - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(left));
    const auto loss = losses[begin + at];
    const float highest = coded.coarse.base + from.bounds[at] + coded.slack;
    const float estimate = highest - coded.slack - coded.per_loss * static_cast<float>(loss);
    const auto row = which.rows == nullptr ? which.first_row + begin + at : which.rows[begin + at];
    probe.found.add(row, {estimate, loss != any_loss ? highest : std::numeric_limits<float>::infinity()});
  }
}

} // namespace

void probe_scan::share_lowest() noexcept {
  const float own = found.lowest();
  float known = lowest->load(std::memory_order_relaxed);
  while (known < own && !lowest->compare_exchange_weak(known, own, std::memory_order_relaxed)) {
  }
  found.raise_lowest(known);
}

scan_room::scan_room(std::size_t most_probes)
    : views(most_probes),
      bounds(std::min(tiles_at_once * most_probes,
                      most_probes + std::max(most_beyond_a_tile, fewest_beyond_a_tile * most_probes))) {}

void scan_run(const tile_run& run, const scanned_rows& which, std::span<probe_scan* const> probes, scan_room& room) {
  const auto look = [&](std::size_t probe) {
    probes[probe]->share_lowest();
    room.views[probe] = view(*probes[probe]);
  };
  for (std::size_t p = 0; p < probes.size(); ++p)
    look(p);
  for (std::size_t at = 0; at < run.count;) {
    const auto progress = scan_tiles(run, at, {room.views.data(), probes.size()}, room.bounds);
    for (std::size_t i = 0; i < progress.filled; ++i) {
      const auto& found = room.bounds[i];
      take(*probes[found.probe], found, run.losses, which);
      look(found.probe);
    }
    at = progress.next;
  }
}

} // namespace rollcall::shard
