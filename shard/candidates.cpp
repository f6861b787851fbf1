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

bool candidates::add(std::size_t row, const cosine_bound& by) {
  waiting_.push_back({static_cast<std::uint32_t>(row), false, by});
  if (waiting_.size() < room_)
    return false;
  compare_best();
  drop_hopeless();
  room_ = std::max(room_, 2 * waiting_.size());
  return true;
}

// Who is unlikely once stays so, as the threshold only rises: only the others are looked at.
void candidates::compare_best() {
  const auto begin = [this] { return waiting_.begin() + static_cast<std::ptrdiff_t>(unlikely_); };
  const auto likely =
      std::partition(begin(), waiting_.end(), [this](const candidate& each) { return each.by.estimate < lowest(); });
  unlikely_ = static_cast<std::size_t>(likely - waiting_.begin());
  const auto promising = std::min({best_.k(), waiting_.size() - unlikely_, most_compared_ - compared_});
  const auto best = waiting_.end() - static_cast<std::ptrdiff_t>(promising);
  std::nth_element(begin(), best, waiting_.end(),
                   [](const candidate& a, const candidate& b) { return a.by.estimate < b.by.estimate; });
  for (auto each = best; each != waiting_.end(); ++each)
    rows_.prefetch(each->row);
  for (auto each = best; each != waiting_.end(); ++each)
    compare(each->row);
  waiting_.erase(best, waiting_.end());
}

// Who was likely when it was last asked may be among them: then fewer count as unlikely than are. Without a branch for
// each, which nobody could guess.
void candidates::drop_hopeless() {
  std::size_t kept = 0;
  for (const auto& each : waiting_) {
    waiting_[kept] = each;
    kept += each.by.highest < lowest() ? 0 : 1;
  }
  unlikely_ -= std::min(unlikely_, waiting_.size() - kept);
  waiting_.resize(kept);
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
