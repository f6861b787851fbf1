#include "shard/reference_rows.hpp"

#include "core/assert.hpp"
#include "shard/quantise.hpp"

#include <algorithm>
#include <cmath>
#include <new>

namespace rollcall::shard {

namespace {

constexpr std::size_t rows_per_chunk = 64; // 128 KiB of 512 floats

} // namespace

reference_rows::reference_rows(std::size_t dimension) : dimension_(dimension), stride_(padded(dimension)) {
  ROLLCALL_ASSERT(dimension >= 1);
}

core::status reference_rows::check(std::span<const float> embedding) const {
  if (embedding.size() != dimension_)
    return core::fail(core::error_code::model_mismatch, "The reference has another dimension than the collection's.");
  const auto squares = square_of(embedding);
  if (!std::isfinite(squares) || squares <= 0)
    return core::fail(core::error_code::invalid_argument, "The reference is not a finite vector of length above 0.");
  return core::nothing{};
}

std::size_t reference_rows::chunk_bytes() const noexcept {
  return rows_per_chunk * stride_ * sizeof(float);
}

float* reference_rows::data(std::size_t row) const noexcept {
  return chunks_[row / rows_per_chunk] + row % rows_per_chunk * stride_;
}

void reference_rows::prefetch(std::size_t row) const noexcept {
  constexpr std::size_t line_floats = 64 / sizeof(float);
  const auto* at = data(row);
  for (std::size_t i = 0; i < stride_; i += line_floats)
    __builtin_prefetch(at + i);
}

void reference_rows::grow() {
  const bool is_large = chunks_.size() * chunk_bytes() >= huge_page_bytes;
  const auto count = is_large ? std::max<std::size_t>(1, huge_page_bytes / chunk_bytes()) : 1;
  chunks_.reserve(chunks_.size() + count);
  pieces_.push_back({make_aligned_memory(count * chunk_bytes()), count});
  auto* const memory = reinterpret_cast<float*>(pieces_.back().memory.get());
  for (std::size_t chunk = 0; chunk < count; ++chunk)
    chunks_.push_back(memory + chunk * rows_per_chunk * stride_);
}

// One empty piece is kept, so that a gallery at a piece's edge does not allocate with every change.
void reference_rows::shrink() noexcept {
  while (pieces_.size() >= 2) {
    const auto last = pieces_.back().chunks;
    const auto before = chunks_.size() - last - pieces_[pieces_.size() - 2].chunks;
    if (ids_.size() > before * rows_per_chunk)
      return;
    chunks_.resize(chunks_.size() - last);
    pieces_.pop_back();
  }
}

// Strong guarantee: on std::bad_alloc nothing has changed but reserved memory.
std::size_t reference_rows::append(const core::uuid& id) {
  const auto row = ids_.size();
  if (row == chunks_.size() * rows_per_chunk)
    grow();
  ids_.push_back(id);
  try {
    rows_.add(row, ids_);
  } catch (const std::bad_alloc&) {
    ids_.pop_back();
    throw;
  }
  return row;
}

std::size_t reference_rows::put(const core::uuid& id, std::span<const float> embedding) {
  const auto known = rows_.find(id, ids_);
  const auto row = known ? *known : append(id);
  std::copy(embedding.begin(), embedding.end(), data(row));
  return row;
}

std::optional<std::size_t> reference_rows::remove(const core::uuid& id) {
  const auto found = rows_.find(id, ids_);
  if (!found)
    return std::nullopt;
  const auto gone = *found;
  const auto last = ids_.size() - 1;
  rows_.remove(gone, ids_);
  if (gone != last) {
    rows_.move(last, gone, ids_);
    std::copy_n(data(last), stride_, data(gone));
    ids_[gone] = ids_[last];
  }
  std::fill_n(data(last), stride_, 0.0F); // what was removed does not stay in memory
  ids_.pop_back();
  shrink();
  return gone;
}

std::size_t reference_rows::memory_bytes() const noexcept {
  return chunks_.size() * chunk_bytes() + ids_.capacity() * sizeof(core::uuid) + rows_.memory_bytes();
}

} // namespace rollcall::shard
