// How a coded index is searched.
#include "core/assert.hpp"
#include "shard/coded_index.hpp"
#include "shard/shared_search.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <vector>

namespace rollcall::shard {

namespace {

// Codes that all probes of a search pass over before the next: they stay in the level-2 cache.
constexpr std::size_t bytes_per_run = std::size_t{256} << 10;
// What a thread takes of a search that others help with, and the references from which on they do.
constexpr std::size_t tiles_per_share = block_rows / tile_rows / 2;
constexpr std::size_t shared_from = 2 * block_rows;
constexpr std::size_t most_waiting = block_rows / 8; ///< of a probe's candidates, before they are bounded more closely

// Tiles [first, end) of a block whose first row is `first_row`; rows before `from` are left out.
void scan_block(const code_tiles& block, std::size_t first, std::size_t end, std::size_t first_row, std::size_t from,
                std::span<probe_scan* const> probes, std::vector<scan_probe>& views) {
  const auto passes = (probes.size() + probes_at_once() - 1) / probes_at_once();
  const auto at_once = (probes.size() + passes - 1) / passes;
  const auto step = probes.size() == at_once ? block.tile_count()
                                             : std::max<std::size_t>(1, bytes_per_run / tile_bytes(block.by().to()));
  for (auto tile = first; tile < end;) {
    const auto run = block.tiles(tile, std::min(step, end - tile));
    const auto done = tile * tile_rows;
    tile += run.count;
    for (std::size_t p = 0; p < probes.size(); p += at_once)
      scan_run(run, {block.size() - done, first_row + done, from, nullptr},
               probes.subspan(p, std::min(at_once, probes.size() - p)), views);
  }
}

std::vector<probe_scan*> pointers_to(std::span<probe_scan> scans) {
  std::vector<probe_scan*> pointers;
  pointers.reserve(scans.size());
  for (auto& each : scans)
    pointers.push_back(&each);
  return pointers;
}

} // namespace

std::vector<probe_scan> coded_index::begin(const probe_matrix& probes, std::span<top_k> best,
                                           shared_search& with) const {
  std::vector<probe_scan> scans;
  scans.reserve(probes.count());
  for (std::size_t p = 0; p < probes.count(); ++p)
    scans.push_back({{}, {rows_, probes.rows(p, 1), best[p], limits_.most_compared}, &with.lowest(p)});
  return scans;
}

// Candidates are bounded more closely at the end, when the threshold has risen and few are left; or when they have
// become many, or before blocks with codes of another kind.
void coded_index::scan_rows(const probe_matrix& probes, std::span<probe_scan> scans, shared_search& with) const {
  const auto all = pointers_to(scans);
  const auto said = longest();
  const auto refine_all = [&] {
    for (auto& scan : scans)
      refine(scan, scan.coded);
  };
  std::vector<scan_probe> views;
  const transform* by = nullptr;
  for (auto tiles = with.next(blocks_); tiles.count != 0; tiles = with.next(blocks_)) {
    const auto& codes = blocks_[tiles.block].codes();
    if (by != nullptr && by != &codes.by())
      refine_all();
    by = &codes.by();
    for (std::size_t p = 0; p < scans.size(); ++p)
      code_probe(*by, {probes.rows(p, 1).data, dimension()}, said, scans[p].coded);
    scan_block(codes, tiles.first, tiles.first + tiles.count, tiles.block * block_rows, with.from(), all, views);
    for (auto& scan : scans) {
      scan.found.compare_best();
      if (scan.found.waiting() > most_waiting)
        refine(scan, scan.coded);
    }
  }
  refine_all();
}

// Its candidates lie in blocks whose codes are by the transform that the probe was coded for in `by`.
void coded_index::refine(probe_scan& scan, const coded_probe& by) const {
  const auto codes_of = [this](std::size_t row) -> const code_tiles& { return blocks_[row / block_rows].codes(); };
  scan.found.refine(
      [&](std::size_t row) {
        rows_.holds_fine(row);
        return codes_of(row).bound(row % block_rows, by);
      },
      [&](std::size_t row) { codes_of(row).prefetch(row % block_rows); });
}

search_outcome coded_index::end(std::span<probe_scan> scans) {
  search_outcome outcome;
  for (auto& scan : scans) {
    scan.share_lowest();
    if (!scan.found.finish())
      outcome.exact = exactness::not_proved;
    outcome.compared += scan.found.compared();
  }
  return outcome;
}

search_outcome coded_index::search_share(const probe_matrix& probes, std::span<top_k> best, shared_search& with) const {
  auto scans = begin(probes, best, with);
  scan_rows(probes, scans, with);
  return end(scans);
}

search_outcome coded_index::search(const probe_matrix& probes, float recall_floor, std::span<top_k> best) const {
  ROLLCALL_ASSERT(probes.dimension() == dimension() && best.size() == probes.count());
  if (recall_floor < proved_recall)
    if (const auto depth = lists_for(recall_floor); depth != 0)
      return search_lists(probes, depth, best);
  return search_all(probes, best);
}

search_outcome coded_index::search_all(const probe_matrix& probes, std::span<top_k> best) const {
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
