#include "shard/codes/probe_scan.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace rollcall::shard {

namespace {

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

// True when the probe's threshold may have risen.
bool take(probe_scan& probe, const tile_bounds& from, const std::uint8_t* losses, const scanned_rows& which) {
  bool may_have_risen = false;
  const auto& coded = probe.coded;
  const auto begin = from.tile * tile_rows;
  const auto left_out = which.from - std::min(which.from, which.first_row + begin);
  for (auto left = from.admitted & valid_rows(left_out, which.count - begin); left != 0; left &= left - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(left));
    const auto loss = losses[begin + at];
    const float highest = coded.coarse.base + from.bounds[at] + coded.slack;
    const float estimate = highest - coded.slack - coded.per_loss * static_cast<float>(loss);
    const auto row = which.rows == nullptr ? which.first_row + begin + at : which.rows[begin + at];
    const auto at_most = loss != any_loss ? highest : std::numeric_limits<float>::infinity();
    may_have_risen |= probe.found.add(row, {estimate, at_most});
  }
  return may_have_risen;
}

} // namespace

void probe_scan::share_lowest() noexcept {
  const float own = found.lowest();
  float known = lowest->load(std::memory_order_relaxed);
  while (known < own && !lowest->compare_exchange_weak(known, own, std::memory_order_relaxed)) {
  }
  found.raise_lowest(known);
}

void scan_run(const tile_run& run, const scanned_rows& which, std::span<probe_scan* const> probes,
              std::vector<scan_probe>& views) {
  views.resize(probes.size());
  const auto look = [&](std::size_t probe) {
    probes[probe]->share_lowest();
    views[probe] = view(*probes[probe]);
  };
  for (std::size_t p = 0; p < probes.size(); ++p)
    look(p);
  const auto take_one = [&](const tile_bounds& found) {
    if (take(*probes[found.probe], found, run.losses, which))
      look(found.probe);
  };
  scan_tiles(run, views, tile_taker{take_one});
}

} // namespace rollcall::shard
