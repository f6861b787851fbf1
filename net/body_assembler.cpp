#include "net/body_assembler.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace rollcall::net {

body_assembler::body_assembler(std::uint64_t total)
    : total_(total), missing_(chunks_of(total)), has_(static_cast<std::size_t>(missing_)) {}

bool body_assembler::add(std::uint64_t total, std::uint64_t offset, const frame& with) {
  const auto fits = total == total_ && offset % chunk_bytes == 0 && offset <= total_
                    && with.body.size() == std::min<std::uint64_t>(chunk_bytes, total_ - offset)
                    && offset / chunk_bytes < has_.size();
  if (!fits)
    return false;
  const auto at = static_cast<std::size_t>(offset / chunk_bytes);
  if (has_[at])
    return true;
  has_[at] = true;
  --missing_;
  if (has_.size() == 1 && with.owner && with.owner->size() == total_) {
    whole_ = with.owner;
    return true;
  }
  if (!made_)
    made_ = std::make_shared<core::bytes>(static_cast<std::size_t>(total_));
  std::copy(with.body.begin(), with.body.end(), made_->begin() + static_cast<std::ptrdiff_t>(offset));
  return true;
}

core::shared_bytes body_assembler::take() {
  ROLLCALL_ASSERT(is_complete());
  if (whole_)
    return std::move(whole_);
  return std::move(made_);
}

} // namespace rollcall::net
