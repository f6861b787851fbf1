#include "shard/top_k.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::shard {

void top_k::push(const hit& candidate) {
  if (!admits(candidate.cosine))
    return;
  if (heap_.size() == k_) {
    if (!is_nearer(candidate, heap_.front()))
      return;
    std::pop_heap(heap_.begin(), heap_.end(), is_nearer);
    heap_.back() = candidate;
  } else {
    heap_.push_back(candidate);
  }
  std::push_heap(heap_.begin(), heap_.end(), is_nearer);
  if (heap_.size() == k_)
    raise_lowest(heap_.front().cosine);
}

std::vector<hit> top_k::take() {
  std::sort_heap(heap_.begin(), heap_.end(), is_nearer);
  return std::exchange(heap_, {});
}

} // namespace rollcall::shard
