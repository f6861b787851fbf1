/// How a gallery changes one of its partitions: for its own sources alone.
#pragma once

#include "shard/gallery.hpp"

#include <mutex>

namespace rollcall::shard {

template <class Change>
auto gallery::change(const entry_key& key, const Change& what) {
  const auto target = find_or_make(key);
  make_due(target);
  return change(*target, what);
}

// Changes one partition, alone in it, and keeps the totals.
template <class Change>
auto gallery::change(entry& target, const Change& what) {
  const std::unique_lock lock(target.mutex);
  struct recount {
    gallery& all;
    const entry& changed;
    recount(gallery& totals, const entry& target) : all(totals), changed(target) { add(false); }
    ~recount() { add(true); }
    void add(bool is_added) const noexcept {
      if (!changed.is_dropped)
        all.count(changed, is_added);
    }
  };
  const recount around(*this, target);
  return what(target.held);
}

} // namespace rollcall::shard
