#include "shard/reference_rows.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cmath>
#include <new>

namespace rollcall::shard {

namespace {

constexpr std::size_t rows_per_chunk = 64; // 128 KiB of 512 floats: costs a small gallery little

} // namespace

reference_rows::reference_rows(std::size_t dimension) : dimension_(dimension), stride_(padded(dimension)) {
  ROLLCALL_ASSERT(dimension >= 1);
}

core::status reference_rows::check(std::span<const float> embedding) const {
  if (embedding.size() != dimension_)
    return core::fail(core::error_code::model_mismatch, "The reference has another dimension than the collection's.");
  float squares = 0;
  for (const auto value : embedding)
    squares += value * value;
  if (!std::isfinite(squares) || squares <= 0)
    return core::fail(core::error_code::invalid_argument, "The reference is not a finite vector of length above 0.");
  return core::nothing{};
}

float* reference_rows::data(std::size_t row) const noexcept {
  return chunks_[row / rows_per_chunk].get() + row % rows_per_chunk * stride_;
}

void reference_rows::prefetch(std::size_t row) const noexcept {
  constexpr std::size_t line_floats = 64 / sizeof(float);
  const auto* at = data(row);
  for (std::size_t i = 0; i < stride_; i += line_floats)
    __builtin_prefetch(at + i);
}

// Strong guarantee: on std::bad_alloc nothing has changed but reserved memory.
void reference_rows::append(const core::uuid& id) {
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

std::size_t reference_rows::put(const core::uuid& id, std::span<const float> embedding) {
  if (!contains(id))
    append(id);
  const auto row = row_of_.at(id);
  std::copy(embedding.begin(), embedding.end(), data(row));
  return row;
}

std::optional<std::size_t> reference_rows::remove(const core::uuid& id) {
  const auto found = row_of_.find(id);
  if (found == row_of_.end())
    return std::nullopt;
  const auto gone = found->second;
  const auto last = ids_.size() - 1;
  row_of_.erase(found);
  if (gone != last) {
    std::copy_n(data(last), stride_, data(gone));
    ids_[gone] = ids_[last];
    row_of_.at(ids_[gone]) = gone;
  }
  std::fill_n(data(last), stride_, 0.0F); // what was removed does not stay in memory
  ids_.pop_back();
  // One empty chunk is kept, so that a gallery at a chunk's edge does not allocate with every change.
  while (chunks_.size() > ids_.size() / rows_per_chunk + 2)
    chunks_.pop_back();
  return gone;
}

std::size_t reference_rows::memory_bytes() const noexcept {
  constexpr std::size_t map_node_bytes = sizeof(core::uuid) + sizeof(std::size_t) + 3 * sizeof(void*);
  return chunks_.size() * rows_per_chunk * stride_ * sizeof(float) + ids_.capacity() * sizeof(core::uuid)
         + row_of_.size() * map_node_bytes + row_of_.bucket_count() * sizeof(void*);
}

} // namespace rollcall::shard
