#include "shard/reference_rows.hpp"

#include "core/assert.hpp"
#include "shard/quantise.hpp"

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

// Strong guarantee: on std::bad_alloc nothing has changed but reserved memory.
std::size_t reference_rows::append(const core::uuid& id) {
  const auto row = ids_.size();
  values_.grow(row + 1);
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
  values_.shrink(ids_.size());
  return gone;
}

std::size_t reference_rows::memory_bytes() const noexcept {
  return values_.memory_bytes() + ids_.capacity() * sizeof(core::uuid) + rows_.memory_bytes();
}

} // namespace rollcall::shard
