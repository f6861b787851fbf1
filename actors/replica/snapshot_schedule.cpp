#include "actors/replica/snapshot_schedule.hpp"

#include <algorithm>

namespace rollcall::actors {

namespace {

constexpr std::chrono::milliseconds retry{5'000};
// Of all changes: one that grows is written about three times over then, not ever more often.
constexpr std::uint64_t share_of_changes = 2;
constexpr int share_of_time = 10; // one part in so many is spent on writing a partition, unless something was removed

} // namespace

snapshot_step snapshot_schedule::see(const partition_key& key, const shard::partition_state& state,
                                     core::steady_time now) {
  if (state.is_partial || (state.seq == 0 && !entries_.contains(key)))
    return snapshot_step::none; // it is loading, or there is nothing to keep yet
  auto& one = entries_[key];
  if (!one.written)
    return now >= std::max(one.retry_at, one.not_before) ? snapshot_step::write : snapshot_step::none;
  const auto& old = *one.written;
  if (state.seq != old.seq && !one.changed)
    one.changed = now;
  if ((state.erasures != old.erasures || state.loads != old.loads) && !one.erased)
    one.erased = now;
  if (one.erased && now >= *one.erased + limits_.scrub_after) {
    const auto is_late = now >= *one.erased + 3 * limits_.scrub_after / 2;
    if (now < one.not_before || (is_late && now < one.retry_at))
      return snapshot_step::remove;
    return now < one.retry_at ? snapshot_step::none : snapshot_step::write;
  }
  const auto is_much = state.seq - old.seq >= std::max(limits_.after_mutations, old.seq / share_of_changes);
  const auto is_long = one.changed && now >= *one.changed + limits_.after;
  if (is_much)
    one.changed = std::min(*one.changed, now - limits_.after); // so that it stays due
  return (is_much || is_long) && now >= std::max(one.retry_at, one.not_before) ? snapshot_step::write
                                                                               : snapshot_step::none;
}

void snapshot_schedule::note_written(const partition_key& key, const shard::partition_state& state,
                                     core::steady_time now, std::chrono::milliseconds took) {
  entry made;
  made.written = state;
  made.not_before = now + (share_of_time - 1) * took;
  entries_[key] = made;
}

void snapshot_schedule::note_failed(const partition_key& key, core::steady_time now) {
  entries_[key].retry_at = now + retry;
}

void snapshot_schedule::note_removed(const partition_key& key) {
  auto& one = entries_[key];
  one.written.reset();
  one.changed.reset();
  one.erased.reset();
}

bool snapshot_schedule::is_stale(const partition_key& key) const {
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.erased;
}

void snapshot_schedule::keep_only(const std::set<partition_key>& keys) {
  std::erase_if(entries_, [&](const auto& one) { return !keys.contains(one.first); });
}

core::steady_time snapshot_schedule::due(const entry& one) const {
  const auto calm = std::max(one.retry_at, one.not_before);
  if (!one.written)
    return calm;
  auto at = core::steady_time::max();
  if (one.changed)
    at = std::max(*one.changed + limits_.after, calm);
  if (one.erased)
    at = std::min(at, std::max(*one.erased + limits_.scrub_after,
                               std::min(one.retry_at, *one.erased + 3 * limits_.scrub_after / 2)));
  return at;
}

std::optional<core::steady_time> snapshot_schedule::due() const {
  auto first = core::steady_time::max();
  for (const auto& [key, one] : entries_)
    first = std::min(first, due(one));
  return first == core::steady_time::max() ? std::nullopt : std::optional{first};
}

} // namespace rollcall::actors
