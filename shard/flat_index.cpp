#include "shard/flat_index.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>

namespace rollcall::shard {

namespace {

// Rows that are allocated, and whose sums are taken, together: 64 rows of 512 floats are 128 KiB, which stay in the
// level-2 cache for all probes and cost a small gallery little.
constexpr std::size_t rows_per_chunk = 64;
constexpr std::size_t probes_per_pass = 64;

core::status check_embedding(std::span<const float> embedding, std::size_t dimension) {
  if (embedding.size() != dimension)
    return core::fail(core::error_code::model_mismatch, "The reference has another dimension than the collection's.");
  float squares = 0;
  for (const auto value : embedding)
    squares += value * value;
  if (!std::isfinite(squares) || squares <= 0)
    return core::fail(core::error_code::invalid_argument, "The reference is not a finite vector of length above 0.");
  return core::nothing{};
}

} // namespace

flat_index::flat_index(std::size_t dimension) : dimension_(dimension), stride_(padded(dimension)) {
  ROLLCALL_ASSERT(dimension >= 1);
}

float* flat_index::row(std::size_t at) noexcept {
  return chunks_[at / rows_per_chunk].get() + at % rows_per_chunk * stride_;
}

// Strong guarantee: on std::bad_alloc nothing has changed but reserved memory.
void flat_index::append_row(const core::uuid& id) {
  if (ids_.size() == chunks_.size() * rows_per_chunk)
    chunks_.push_back(make_aligned_floats(rows_per_chunk * stride_));
  ids_.push_back(id);
  try {
    row_of_.emplace(id, ids_.size() - 1);
  } catch (const std::bad_alloc&) {
    ids_.pop_back();
    throw;
  }
}

core::status flat_index::upsert(const core::uuid& id, std::span<const float> embedding) {
  ROLLCALL_CHECK(check_embedding(embedding, dimension_));
  try {
    if (!contains(id))
      append_row(id);
    std::copy(embedding.begin(), embedding.end(), row(row_of_.at(id)));
    return core::nothing{};
  } catch (const std::bad_alloc&) {
    return core::fail(core::error_code::over_budget, "There is no memory for another reference.");
  }
}

bool flat_index::remove(const core::uuid& id) {
  const auto found = row_of_.find(id);
  if (found == row_of_.end())
    return false;
  const auto gone = found->second;
  const auto last = ids_.size() - 1;
  row_of_.erase(found);
  if (gone != last) {
    std::copy_n(row(last), stride_, row(gone));
    ids_[gone] = ids_[last];
    row_of_.at(ids_[gone]) = gone;
  }
  std::fill_n(row(last), stride_, 0.0F); // what was removed does not stay in memory
  ids_.pop_back();
  // One empty chunk is kept, so that a gallery at a chunk's edge does not allocate with every change.
  while (chunks_.size() > ids_.size() / rows_per_chunk + 2)
    chunks_.pop_back();
  return true;
}

std::size_t flat_index::memory_bytes() const noexcept {
  constexpr std::size_t map_node_bytes = sizeof(core::uuid) + sizeof(std::size_t) + 3 * sizeof(void*);
  return chunks_.size() * rows_per_chunk * stride_ * sizeof(float) + ids_.capacity() * sizeof(core::uuid)
         + row_of_.size() * map_node_bytes + row_of_.bucket_count() * sizeof(void*);
}

void flat_index::offer(row_block rows, std::size_t first_row, std::span<const float> sums,
                       std::span<top_k> best) const {
  for (std::size_t p = 0; p < best.size(); ++p) {
    const auto cosines = sums.subspan(p * rows.count, rows.count);
    for (std::size_t r = 0; r < rows.count; ++r)
      if (best[p].admits(cosines[r]))
        best[p].push({ids_[first_row + r], cosines[r]});
  }
}

void flat_index::scan(row_block probes, std::span<top_k> best) const {
  std::array<float, rows_per_chunk * probes_per_pass> sums;
  for (std::size_t first = 0; first < ids_.size(); first += rows_per_chunk) {
    const auto* data = chunks_[first / rows_per_chunk].get();
    const row_block rows{data, std::min(rows_per_chunk, ids_.size() - first), stride_};
    dot_block(rows, probes, sums);
    offer(rows, first, sums, best);
  }
}

exactness flat_index::search(const probe_matrix& probes, exactness_wanted, std::span<top_k> best) const {
  ROLLCALL_ASSERT(probes.dimension() == dimension_ && best.size() == probes.count());
  for (std::size_t first = 0; first < probes.count(); first += probes_per_pass) {
    const auto count = std::min(probes_per_pass, probes.count() - first);
    scan(probes.rows(first, count), best.subspan(first, count));
  }
  return exactness::proved;
}

index_factory flat_indexes() {
  return [](std::size_t dimension) { return std::make_unique<flat_index>(dimension); };
}

} // namespace rollcall::shard
