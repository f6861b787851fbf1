#include "shard/coded_index.hpp"

#include "core/assert.hpp"
#include "shard/codes/trained_transform.hpp"

#include <algorithm>
#include <new>

namespace rollcall::shard {

coded_index::coded_index(std::size_t dimension, coded_index_limits limits)
    : limits_(limits), mixing_(make_mixing_transform(dimension)), best_(mixing_), rows_(dimension) {}

void coded_index::put_code(std::size_t row, const known_code& as) {
  const auto block = row / block_rows;
  if (block == blocks_.size())
    blocks_.emplace_back(best_);
  auto& codes = blocks_[block];
  const bool is_known = as.of != nullptr && as.of->by.get() == &codes.codes().by();
  if (row % block_rows < codes.size() || is_known)
    codes.put(row % block_rows, rows_.values(row), as);
  else
    codes.hold();
  if (codes.size() % tile_rows == 0)
    code_tile(block);
  relist(row);
}

// The rows of a tile are coded together as soon as it is full, which takes a third of the time of one by one; upkeep
// codes those of the last one.
void coded_index::code_tile(std::size_t block) {
  try {
    blocks_[block].code_held([&](std::size_t at) { return rows_.values(block * block_rows + at); });
  } catch (const std::bad_alloc&) {
    blocks_[block].pop();
    throw;
  }
}

// Of a row that has become another. Where there is no memory for its code, none says anything of it.
void coded_index::replace_code(std::size_t row, const known_code& as) noexcept {
  try {
    put_code(row, as);
  } catch (const std::bad_alloc&) {
    blocks_[row / block_rows].forget(row % block_rows);
    drop_lists();
  }
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
    if (!is_new) {
      replace_code(row, as);
      return core::nothing{};
    }
    try {
      put_code(row, as);
    } catch (const std::bad_alloc&) {
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

code_tiles::places codes_of(const reference_block& from, std::size_t at) {
  const auto* const tile = from.codes.tiles + at / tile_rows * tile_bytes(from.codes.by->to());
  return {{from.mapping->writable(tile), from.mapping}, fine_of(from, at)};
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
    return blocks_[block].adopt(size() - first, from.code(at), codes_of(from, at));
  for (auto row = first; row < size(); ++row)
    put_code(row);
}

void coded_index::bring_home(std::size_t chunk) {
  constexpr auto chunks = block_rows / chunk_rows;
  auto& codes = blocks_[chunk / chunks];
  codes.bring_coarse_home(chunk % chunks);
  codes.bring_fine_home(chunk % chunks);
  rows_.bring_home(chunk);
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
    const auto tile = first % block_rows / chunk_rows;
    codes.bring_coarse_home(tile);
    rows_.move_to_file(chunk, chunk_of(what.in_file, i * chunk_rows));
    if (what.by != nullptr && what.by.get() == &codes.codes().by())
      codes.move_fine(tile, fine_of(what.in_file, i * chunk_rows));
    else
      codes.bring_fine_home(tile);
  }
  left_until_ = 0;
}

bool coded_index::lies_in_file(std::size_t chunk, const file_mapping* but) const noexcept {
  constexpr auto chunks = block_rows / chunk_rows;
  const auto is_other = [but](const void* keeper) { return keeper != nullptr && keeper != but; };
  return is_other(rows_.file(chunk)) || is_other(blocks_[chunk / chunks].codes().coarse_keeper(chunk % chunks));
}

bool coded_index::leave_files(const file_mapping* but, std::size_t most) {
  const auto chunks = (size() + chunk_rows - 1) / chunk_rows;
  for (std::size_t moved = 0; left_until_ < chunks && moved < most; ++left_until_) {
    if (!lies_in_file(left_until_, but))
      continue;
    bring_home(left_until_);
    moved += chunk_rows;
  }
  return left_until_ < chunks;
}

// What scans read, from its end on.
bool coded_index::bring_codes_home(std::size_t most) {
  for (auto& block : blocks_)
    while (const auto tiles = block.codes().coarse_lent()) {
      if (most < tile_rows)
        return true;
      block.bring_coarse_home(tiles - 1);
      most -= tile_rows;
    }
  return false;
}

std::size_t coded_index::room_to_settle() const noexcept {
  for (const auto& block : blocks_)
    if (const auto bytes = block.codes().room_at_home())
      return bytes;
  return 0;
}

bool coded_index::settle(aligned_memory room) {
  constexpr std::size_t rows_at_once = 256;
  constexpr std::size_t codes_at_once = 1'024;
  const auto fits = [&](const auto& block) {
    return room != nullptr && block.codes().room_at_home() == room.get_deleter().mapped;
  };
  if (const auto block = std::find_if(blocks_.begin(), blocks_.end(), fits); block != blocks_.end())
    block->take(std::move(room));
  try {
    return bring_codes_home(codes_at_once) || (!limits_.stays_in_files && leave_files(nullptr, rows_at_once));
  } catch (const std::bad_alloc&) {
    return false; // searches go on by what lies in files
  }
}

bool coded_index::remove(const core::uuid& id) {
  const auto gone = rows_.remove(id);
  if (!gone)
    return false;
  if (const auto last = rows_.size(); *gone != last) {
    const auto run = blocks_.back().codes().run(last % block_rows / tile_rows * tile_rows);
    replace_code(*gone, {&run, last % tile_rows});
  }
  unlist_last();
  blocks_.back().pop();
  if (blocks_.back().size() == 0)
    blocks_.pop_back();
  return true;
}

bool coded_index::is_settled() const noexcept {
  const bool has_codes =
      std::all_of(blocks_.begin(), blocks_.end(), [](const auto& block) { return block.codes().coarse_lent() == 0; });
  return has_codes && (limits_.stays_in_files || left_until_ * chunk_rows >= size());
}

memory_parts coded_index::memory() const noexcept {
  auto sum = rows_.memory();
  for (const auto& block : blocks_)
    sum += block.memory();
  for (const auto* lists : {&lists_, &next_lists_})
    sum.lists += *lists ? (*lists)->memory_bytes() : 0;
  return sum;
}

double coded_index::bytes_scanned() const noexcept {
  double bytes = 0;
  for (const auto& block : blocks_)
    bytes += static_cast<double>(block.size()) * (static_cast<double>(block.codes().by().to()) / 2 + 1);
  return size() == 0 ? 0 : bytes / static_cast<double>(size());
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
  for (auto* lists : {&lists_, &next_lists_})
    if (*lists && (*lists)->centres()->by() != best_)
      lists->reset();
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    const auto embedding_of = [&](std::size_t at) { return rows_.values(block * block_rows + at); };
    try {
      blocks_[block].code_held(embedding_of);
      if (!blocks_[block].recode(best_, tile_rows, embedding_of))
        return true;
    } catch (const std::bad_alloc&) {
      return false; // searches go on by the codes that are there
    }
  }
  return false;
}

index_factory coded_indexes(coded_index_limits limits) {
  return [limits](std::size_t dimension) { return std::make_unique<coded_index>(dimension, limits); };
}

} // namespace rollcall::shard
