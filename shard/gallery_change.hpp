/// How a gallery changes one of its partitions: for its own sources alone.
#pragma once

#include "shard/gallery.hpp"

#include <mutex>

namespace rollcall::shard {

template <class Change>
auto gallery::change(const entry_key& key, const Change& what) {
  const auto target = find_or_make(key);
  const std::unique_lock alone(target->mutex);
  make_due(target); // upkeep comes to it once this has ended
  return change_alone(*target, what);
}

// Changes one partition.
template <class Change>
auto gallery::change(entry& target, const Change& what) {
  const std::unique_lock alone(target.mutex);
  return change_alone(target, what);
}

// Who calls is alone in the partition. Keeps the totals.
template <class Change>
auto gallery::change_alone(entry& target, const Change& what) {
  struct recount {
    gallery& all;
    entry& changed;
    recount(gallery& totals, entry& target) : all(totals), changed(target) { add(false); }
    ~recount() {
      add(true);
      changed.deferred.follow(changed.held);
    }
    void add(bool is_added) const noexcept {
      if (!changed.is_dropped)
        all.count(changed, is_added);
    }
  };
  const recount around(*this, target);
  target.deferred.apply_to(target.held);
  return what(target.held);
}

} // namespace rollcall::shard
