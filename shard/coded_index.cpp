#include "shard/coded_index.hpp"

#include "core/assert.hpp"
#include "shard/candidates.hpp"
#include "shard/trained_transform.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <new>

namespace rollcall::shard {

namespace {

// Tiles that all probes of a search pass over before the next: they stay in the level-2 cache.
// Tiles with candidates that the kernel collects before the thresholds are raised.
constexpr std::size_t tiles_at_once = 8;
constexpr std::size_t bytes_per_run = std::size_t{256} << 10;

/// One probe on its way through a block.
struct probe_scan {
  coded_probe coded;
  candidates found;

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
    std::transform(probes.begin(), probes.end(), views.begin(), [](const auto& probe) { return probe.view(); });
    const auto progress = scan_tiles(run, at, {views.data(), probes.size()}, bounds);
    for (std::size_t i = 0; i < progress.filled; ++i) {
      const auto done = bounds[i].tile * tile_rows;
      probes[bounds[i].probe].take(bounds[i], run.losses + done, first_row + done, rows - done);
    }
    at = progress.next;
  }
}

void scan_block(const code_tiles& block, std::size_t first_row, std::span<probe_scan> probes) {
  const auto at_once = std::min(probes.size(), probes_at_once());
  std::vector<tile_bounds> bounds(tiles_at_once * at_once);
  const auto step = probes.size() == at_once ? block.tile_count()
                                             : std::max<std::size_t>(1, bytes_per_run / tile_bytes(block.by().to()));
  for (std::size_t tile = 0; tile < block.tile_count(); tile += step) {
    const auto run = block.tiles(tile, std::min(step, block.tile_count() - tile));
    const auto done = tile * tile_rows;
    for (std::size_t p = 0; p < probes.size(); p += at_once)
      scan_run(run, first_row + done, block.size() - done, probes.subspan(p, std::min(at_once, probes.size() - p)),
               bounds);
  }
}

} // namespace

coded_index::coded_index(std::size_t dimension, coded_index_limits limits)
    : limits_(limits), mixing_(make_mixing_transform(dimension)), best_(mixing_), rows_(dimension) {}

void coded_index::put_code(std::size_t row, const known_code& as) {
  const auto block = row / block_rows;
  if (block == blocks_.size())
    blocks_.emplace_back(best_);
  blocks_[block].put(row % block_rows, rows_.values(row), as);
}

// Codes that come from elsewhere bring what was learned there. The latest come last.
void coded_index::learn(const known_code& from) {
  if (from.of == nullptr || !from.of->by || from.of->by->from() != dimension())
    return;
  best_ = from.of->by;
  if (best_->to() < dimension()) // only trained ones are shorter
    studied_at_ = size();
}

code_run coded_index::codes(std::size_t first) const {
  ROLLCALL_ASSERT(first < size());
  return blocks_[first / block_rows].codes().run(first % block_rows);
}

core::status coded_index::upsert(const core::uuid& id, std::span<const float> embedding, const known_code& as) {
  ROLLCALL_CHECK(rows_.check(embedding));
  learn(as);
  try {
    const bool is_new = !contains(id);
    const auto row = rows_.put(id, embedding);
    try {
      put_code(row, as);
    } catch (const std::bad_alloc&) {
      if (is_new)
        rows_.remove(id);
      throw;
    }
    return core::nothing{};
  } catch (const std::bad_alloc&) {
    return core::fail(core::error_code::over_budget, "There is no memory for another reference.");
  }
}

namespace {

reference_rows::mapped_chunk chunk_of(const reference_block& from, std::size_t at) {
  const auto to = from.codes.by ? from.codes.by->to() : 0;
  const auto* const row = from.values.data() + at * from.stride;
  mapped_rows::part values{reinterpret_cast<const std::uint8_t*>(row), from.stride * sizeof(float),
                           from.digests.data() + at};
  mapped_rows::part fine;
  if (from.codes.by)
    fine = {from.codes.fine + at * to, to, from.fine_digests.data() + at / fine_group_rows};
  return {{from.mapping->writable(row), from.mapping}, std::make_unique<mapped_rows>(values, fine)};
}

row_chunks::place fine_of(const reference_block& from, std::size_t at) {
  return {from.mapping->writable(from.codes.fine + at * from.codes.by->to()), from.mapping};
}

} // namespace

core::result<bool> coded_index::adopt(const reference_block& from, std::size_t at, std::size_t count) {
  const auto first = size();
  if (!from.mapping || first % chunk_rows != 0 || from.dimension != dimension())
    return false;
  ROLLCALL_ASSERT(at % chunk_rows == 0 && at + chunk_rows <= from.ids.size() && count <= chunk_rows);
  learn(from.code(at));
  try {
    if (!rows_.adopt(from.ids.subspan(at, count), chunk_of(from, at)))
      return false;
    add_codes(first, from, at);
    left_until_ = std::min(left_until_, first / chunk_rows);
    return true;
  } catch (const std::bad_alloc&) {
    const auto coded = blocks_.empty() ? 0 : (blocks_.size() - 1) * block_rows + blocks_.back().size();
    while (size() > coded)
      rows_.remove(rows_.id(size() - 1));
    return core::fail(core::error_code::over_budget, "There is no memory for more references.");
  }
}

// Of the rows from `first` on, which lie in the block from `at` on.
void coded_index::add_codes(std::size_t first, const reference_block& from, std::size_t at) {
  const auto block = first / block_rows;
  if (block == blocks_.size())
    blocks_.emplace_back(best_);
  if (from.codes.by.get() == &blocks_[block].codes().by())
    return blocks_[block].adopt(size() - first, from.code(at), fine_of(from, at));
  for (auto row = first; row < size(); ++row)
    put_code(row);
}

void coded_index::bring_home(std::size_t chunk) {
  rows_.bring_home(chunk);
  constexpr auto chunks = block_rows / chunk_rows;
  blocks_[chunk / chunks].bring_home(chunk % chunks);
}

void coded_index::move_to_file(const moved_block& what) {
  ROLLCALL_ASSERT(what.first_row % chunk_rows == 0);
  for (std::size_t i = 0; i < what.changes.size(); ++i) {
    const auto first = what.first_row + i * chunk_rows;
    const auto chunk = first / chunk_rows;
    const bool is_full = first + chunk_rows <= size() && (i + 1) * chunk_rows <= what.in_file.ids.size();
    if (!is_full || rows_.changes(chunk) != what.changes[i])
      continue; // `leave_files` comes to it
    auto& codes = blocks_[first / block_rows];
    rows_.move_to_file(chunk, chunk_of(what.in_file, i * chunk_rows));
    if (what.by != nullptr && what.by.get() == &codes.codes().by())
      codes.move_fine(first % block_rows / chunk_rows, fine_of(what.in_file, i * chunk_rows));
    else
      codes.bring_home(first % block_rows / chunk_rows);
  }
  left_until_ = 0;
}

bool coded_index::leave_files(const file_mapping* but, std::size_t most) {
  const auto chunks = (size() + chunk_rows - 1) / chunk_rows;
  for (std::size_t moved = 0; left_until_ < chunks && moved < most; ++left_until_) {
    if (!rows_.is_mapped(left_until_) || (but != nullptr && rows_.file(left_until_) == but))
      continue;
    bring_home(left_until_);
    moved += chunk_rows;
  }
  return left_until_ < chunks;
}

bool coded_index::remove(const core::uuid& id) {
  const auto gone = rows_.remove(id);
  if (!gone)
    return false;
  if (const auto last = rows_.size(); *gone != last) {
    const auto run = blocks_.back().codes().run(last % block_rows / tile_rows * tile_rows);
    put_code(*gone, {&run, last % tile_rows});
  }
  blocks_.back().pop();
  if (blocks_.back().size() == 0)
    blocks_.pop_back();
  return true;
}

std::size_t coded_index::memory_bytes() const noexcept {
  std::size_t sum = rows_.memory_bytes();
  for (const auto& block : blocks_)
    sum += block.memory_bytes();
  return sum;
}

double coded_index::bytes_scanned() const noexcept {
  double bytes = 0;
  for (const auto& block : blocks_)
    bytes += static_cast<double>(block.size()) * (static_cast<double>(block.codes().by().to()) / 2 + 1);
  return size() == 0 ? 0 : bytes / static_cast<double>(size());
}

search_outcome coded_index::search(const probe_matrix& probes, exactness_wanted, std::span<top_k> best) const {
  ROLLCALL_ASSERT(probes.dimension() == dimension() && best.size() == probes.count());
  std::vector<probe_scan> scans;
  scans.reserve(probes.count());
  for (std::size_t p = 0; p < probes.count(); ++p)
    scans.push_back({{}, {rows_, probes.rows(p, 1), best[p], limits_.most_compared}});
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    for (std::size_t p = 0; p < scans.size(); ++p)
      blocks_[block].codes().code({probes.rows(p, 1).data, dimension()}, scans[p].coded);
    scan_block(blocks_[block].codes(), block * block_rows, scans);
    for (auto& scan : scans) {
      const auto at = [block](std::size_t row) { return row - block * block_rows; };
      const auto& codes = blocks_[block].codes();
      scan.found.refine(
          [&](std::size_t row) {
            rows_.holds_fine(row);
            return codes.bound(at(row), scan.coded);
          },
          [&](std::size_t row) { codes.prefetch(at(row)); });
    }
  }
  search_outcome outcome;
  for (auto& scan : scans) {
    if (!scan.found.finish())
      outcome.exact = exactness::not_proved;
    outcome.compared += scan.found.compared();
  }
  return outcome;
}

// Studied again whenever the references have become four times as many: few of them show little of the whole.
bool coded_index::wants_study() const noexcept {
  constexpr std::size_t again = 4;
  return size() >= std::max(limits_.train_from, again * studied_at_);
}

std::function<reference_index::finding()> coded_index::study() const {
  constexpr std::size_t most_sampled = 16'384;
  const auto count = std::min(size(), most_sampled);
  auto sample = std::make_shared<std::vector<float>>();
  sample->reserve(count * dimension());
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = rows_.values(i * size() / count);
    sample->insert(sample->end(), row.begin(), row.end());
  }
  return [sample, dimension = dimension()] { return finding{train_transform(*sample, dimension)}; };
}

bool coded_index::upkeep(const finding* found) {
  if (found != nullptr) {
    if (found->trained && found->trained->from() == dimension())
      best_ = found->trained;
    else if (best_->to() < dimension())
      best_ = mixing_;
    studied_at_ = size();
  }
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    const auto embedding_of = [&](std::size_t at) { return rows_.values(block * block_rows + at); };
    try {
      if (!blocks_[block].recode(best_, tile_rows, embedding_of))
        return true;
    } catch (const std::bad_alloc&) {
      return false; // searches go on by the codes that are there
    }
  }
  constexpr std::size_t rows_at_once = 256;
  return !limits_.stays_in_files && leave_files(nullptr, rows_at_once);
}

index_factory coded_indexes(coded_index_limits limits) {
  return [limits](std::size_t dimension) { return std::make_unique<coded_index>(dimension, limits); };
}

} // namespace rollcall::shard
