#include "shard/reference_rows.hpp"

#include "core/assert.hpp"
#include "shard/codes/quantise.hpp"

#include <algorithm>
#include <cmath>
#include <new>

namespace rollcall::shard {

reference_rows::reference_rows(std::size_t dimension)
    : dimension_(dimension), stride_(padded(dimension)), values_(stride_ * sizeof(float)) {
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

void reference_rows::prefetch(std::size_t row) const noexcept {
  constexpr std::size_t line_floats = 64 / sizeof(float);
  const auto* at = data(row);
  for (std::size_t i = 0; i < stride_; i += line_floats)
    __builtin_prefetch(at + i);
}

bool reference_rows::holds(std::size_t row) const {
  const auto chunk = row / chunk_rows;
  if (!is_mapped(chunk) || mapped_[chunk]->holds(row % chunk_rows))
    return true;
  is_damaged_ = true;
  return false;
}

bool reference_rows::holds_fine(std::size_t row) const {
  const auto chunk = row / chunk_rows;
  if (!is_mapped(chunk) || mapped_[chunk]->holds_fine(row % chunk_rows))
    return true;
  is_damaged_ = true;
  return false;
}

// Before it is written.
void reference_rows::begin_change(std::size_t row) {
  const auto chunk = row / chunk_rows;
  ++changes_[chunk];
  if (!is_mapped(chunk))
    return;
  written_rows_ -= static_cast<std::size_t>(mapped_[chunk]->changed());
  if (!mapped_[chunk]->change(row % chunk_rows))
    is_damaged_ = true;
  written_rows_ += static_cast<std::size_t>(mapped_[chunk]->changed());
}

void reference_rows::set_mapped(std::size_t chunk, std::unique_ptr<mapped_rows> to) noexcept {
  if (mapped_[chunk])
    written_rows_ -= static_cast<std::size_t>(mapped_[chunk]->changed());
  mapped_[chunk] = std::move(to);
}

// As its last rows; false where one of them is there.
bool reference_rows::add_ids(std::span<const core::uuid> ids) {
  const auto before = ids_.size();
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  try {
    const bool are_new = rows_.add(ids_);
    if (!are_new)
      ids_.resize(before);
    return are_new;
  } catch (const std::bad_alloc&) {
    ids_.resize(before);
    throw;
  }
}

void reference_rows::expect(std::size_t rows) noexcept {
  try {
    ids_.reserve(rows);
    rows_.reserve(rows, ids_);
  } catch (const std::bad_alloc&) { // whoever needs it says so
  }
}

// Strong guarantee: on std::bad_alloc nothing has changed but reserved memory.
std::size_t reference_rows::append(const core::uuid& id) {
  const auto row = ids_.size();
  values_.grow(row + 1);
  if (changes_.size() * chunk_rows <= row)
    changes_.push_back(0);
  add_ids({&id, 1});
  return row;
}

std::size_t reference_rows::put(const core::uuid& id, std::span<const float> embedding) {
  const auto known = rows_.find(id, ids_);
  const auto row = known ? *known : append(id);
  begin_change(row);
  std::copy(embedding.begin(), embedding.end(), data(row));
  return row;
}

bool reference_rows::adopt(std::span<const core::uuid> ids, mapped_chunk from) {
  const auto before = ids_.size();
  ROLLCALL_ASSERT(before % chunk_rows == 0 && !ids.empty() && ids.size() <= chunk_rows);
  const auto chunk = before / chunk_rows;
  changes_.resize(std::max(changes_.size(), chunk + 1));
  mapped_.resize(std::max(mapped_.size(), chunk + 1));
  if (!add_ids(ids))
    return false;
  try {
    values_.lend(chunk, std::move(from.values));
  } catch (const std::bad_alloc&) {
    for (; ids_.size() > before; ids_.pop_back())
      rows_.remove(ids_.size() - 1, ids_);
    throw;
  }
  set_mapped(chunk, std::move(from.rows));
  ++changes_[chunk];
  return true;
}

void reference_rows::move_to_file(std::size_t chunk, mapped_chunk to) {
  ROLLCALL_ASSERT((chunk + 1) * chunk_rows <= ids_.size());
  mapped_.resize(std::max(mapped_.size(), chunk + 1));
  values_.lend(chunk, std::move(to.values));
  set_mapped(chunk, std::move(to.rows));
}

void reference_rows::bring_home(std::size_t chunk) {
  if (!is_mapped(chunk))
    return;
  const auto first = chunk * chunk_rows;
  const auto count = std::min(chunk_rows, ids_.size() - first);
  for (std::size_t at = 0; at < count; ++at)
    holds(first + at) && holds_fine(first + at);
  values_.bring_home(chunk, count);
  set_mapped(chunk, nullptr);
}

std::optional<std::vector<float>> reference_rows::find(const core::uuid& id) const {
  const auto row = rows_.find(id, ids_);
  if (!row)
    return std::nullopt;
  const auto found = values(*row);
  return std::vector(found.begin(), found.end());
}

std::optional<std::size_t> reference_rows::remove(const core::uuid& id) {
  const auto found = rows_.find(id, ids_);
  if (!found)
    return std::nullopt;
  const auto gone = *found;
  const auto last = ids_.size() - 1;
  rows_.remove(gone, ids_);
  if (gone != last) {
    holds(last);
    begin_change(gone);
    rows_.move(last, gone, ids_);
    std::copy_n(data(last), stride_, data(gone));
    ids_[gone] = ids_[last];
  }
  begin_change(last);
  std::fill_n(data(last), stride_, 0.0F); // what was removed does not stay in memory
  ids_.pop_back();
  if (const auto chunk = last / chunk_rows; last % chunk_rows == 0 && is_mapped(chunk)) {
    values_.bring_home(chunk, 0);
    set_mapped(chunk, nullptr);
  }
  values_.shrink(ids_.size());
  return gone;
}

memory_parts reference_rows::memory() const noexcept {
  const auto chunks = changes_.capacity() * sizeof(std::uint32_t) + mapped_.capacity() * sizeof(void*);
  return {.embeddings = values_.memory_bytes() + written_rows_ * (values_.row_bytes() + small_page_bytes) + chunks,
          .ids = ids_.capacity() * sizeof(core::uuid) + rows_.memory_bytes()};
}

} // namespace rollcall::shard
