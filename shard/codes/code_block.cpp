#include "shard/codes/code_block.hpp"

#include <utility>

namespace rollcall::shard {

void code_block::put(std::size_t at, std::span<const float> embedding, const known_code& as) {
  if (next_ && at < next_->size())
    next_->put(at, embedding, as);
  now_.put(at, embedding, as);
}

void code_block::forget(std::size_t at) noexcept {
  now_.forget(at);
  if (next_ && at < next_->size())
    next_->forget(at);
}

void code_block::pop() {
  now_.pop();
  if (next_ && next_->size() > now_.size())
    next_->pop();
}

memory_parts code_block::memory() const noexcept {
  auto sum = now_.memory();
  sum += next_ ? next_->memory() : memory_parts{};
  return sum;
}

bool code_block::adopt_next() {
  if (next_->size() < now_.size())
    return false;
  now_ = std::exchange(next_, std::nullopt).value();
  return true;
}

} // namespace rollcall::shard
