#include "shard/candidates.hpp"

#include <algorithm>

namespace rollcall::shard {

namespace {

constexpr std::size_t least_room = 256;

} // namespace

candidates::candidates(const reference_rows& rows, row_block probe, top_k& best, std::size_t most_compared)
    : rows_(rows),
      probe_(probe),
      best_(best),
      most_compared_(most_compared),
      room_(std::max(least_room, 4 * best.k())) {}

void candidates::compare(std::size_t row) {
  float cosine = 0;
  dot_block(rows_.block(row), probe_, {&cosine, 1});
  best_.push({rows_.id(row), cosine});
  ++compared_;
}

void candidates::add(std::size_t row, const cosine_bound& by) {
  if (by.highest < lowest())
    return;
  waiting_.push_back({static_cast<std::uint32_t>(row), false, by});
  if (waiting_.size() >= room_)
    compare_best();
}

void candidates::compare_best() {
  const auto unlikely = std::partition(waiting_.begin(), waiting_.end(),
                                       [this](const candidate& each) { return each.by.estimate >= lowest(); });
  const auto likely = static_cast<std::size_t>(unlikely - waiting_.begin());
  const auto promising = std::min({best_.k(), likely, most_compared_ - compared_});
  const auto rest = waiting_.begin() + static_cast<std::ptrdiff_t>(promising);
  std::nth_element(waiting_.begin(), rest, unlikely,
                   [](const candidate& a, const candidate& b) { return a.by.estimate > b.by.estimate; });
  for (auto each = waiting_.begin(); each != rest; ++each)
    rows_.prefetch(each->row);
  for (auto each = waiting_.begin(); each != rest; ++each)
    compare(each->row);
  waiting_.erase(waiting_.begin(), rest);
  drop_hopeless();
  room_ = std::max(room_, 2 * waiting_.size());
}

void candidates::drop_hopeless() {
  std::erase_if(waiting_, [this](const candidate& each) { return each.by.highest < lowest(); });
}

bool candidates::finish() {
  constexpr std::size_t ahead = 4;
  std::sort(waiting_.begin(), waiting_.end(),
            [](const candidate& a, const candidate& b) { return a.by.highest > b.by.highest; });
  for (std::size_t at = 0; at < waiting_.size(); ++at) {
    if (waiting_[at].by.highest < lowest())
      break;
    if (compared_ == most_compared_)
      return false;
    if (at + ahead < waiting_.size())
      rows_.prefetch(waiting_[at + ahead].row);
    compare(waiting_[at].row);
  }
  waiting_.clear();
  return true;
}

} // namespace rollcall::shard
