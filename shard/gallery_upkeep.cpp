// How a gallery makes its later searches cheaper.
#include "core/assert.hpp"
#include "shard/gallery_change.hpp"

#include <shared_mutex>
#include <utility>

namespace rollcall::shard {

bool gallery::upkeep() {
  std::vector<std::shared_ptr<entry>> due;
  const bool may_settle = loading_ == 0; // as it is now: who waits is not forgotten when a load ends meanwhile
  if (may_settle)
    for (const auto& one : std::exchange(waiting_, {}))
      if (const auto target = one.lock()) {
        target->is_waiting = false;
        make_due(target);
      }
  {
    const std::lock_guard lock(due_mutex_);
    due.swap(due_);
  }
  forget_lessons();
  bool is_more = false;
  for (const auto& target : due) {
    target->is_due = false; // first: what changes from now on makes it due again
    if (!upkeep(*target, may_settle)) {
      if (!may_settle)
        let_wait(target);
      continue;
    }
    make_due(target);
    is_more = true;
  }
  return is_more;
}

// Memory is touched without the lock: the system may have to make room for it.
bool gallery::settle(entry& target, core::reference_kind kind) {
  std::size_t bytes = 0;
  {
    const std::shared_lock lock(target.mutex);
    bytes = target.held.room_to_settle(kind);
  }
  auto room = bytes == 0 ? aligned_memory{} : make_touched_memory(bytes);
  return change(target, [&](auto& held) { return held.settle(kind, std::move(room)); });
}

void gallery::let_wait(const std::shared_ptr<entry>& target) {
  const std::shared_lock lock(target->mutex);
  if (target->held.is_settled() || std::exchange(target->is_waiting, true))
    return;
  waiting_.push_back(target);
}

// Of collections of which nothing is held any more.
void gallery::forget_lessons() {
  const std::lock_guard lock(map_mutex_);
  std::erase_if(lessons_, [this](const auto& one) {
    const auto next = entries_.lower_bound({one.first.first, 0});
    return next == entries_.end() || next->first.first != one.first.first;
  });
}

bool gallery::has(const entry& target, core::reference_kind kind) {
  const std::shared_lock lock(target.mutex);
  return target.held.index(kind) != nullptr;
}

// A study runs without the lock, on what it copied.
std::optional<reference_index::finding> gallery::learn(const entry& target, core::reference_kind kind) {
  constexpr std::size_t alike = 2; // a partition of at least half as many references shows as much
  auto& known = lessons_[{target.of, kind}];
  std::function<reference_index::finding()> study;
  partition_reader::extent size;
  {
    const std::shared_lock lock(target.mutex);
    if (!target.held.wants_study(kind))
      return std::nullopt;
    const auto& index = *target.held.index(kind);
    if (known.dimension == index.dimension() && alike * known.rows >= index.size())
      return known.found;
    study = index.study();
    size = {index.size(), index.dimension()};
  }
  known = {study(), size.dimension, size.rows};
  return known.found;
}

bool gallery::upkeep(entry& target, bool may_settle) {
  bool is_more = false;
  for (const auto kind : {core::reference_kind::face, core::reference_kind::user}) {
    if (!has(target, kind))
      continue; // each change below would wait for searches
    const auto found = learn(target, kind);
    is_more = change(target, [&](auto& held) { return held.upkeep(kind, found ? &*found : nullptr); }) || is_more;
    if (may_settle)
      is_more = settle(target, kind) || is_more;
    is_more = run_errand(target, kind) || is_more;
    is_more = meet_nearest(target, kind) || is_more;
  }
  const std::shared_lock lock(target.mutex);
  if (target.held.is_damaged())
    met_damage_ = true;
  return is_more;
}

// It runs without the lock, on what it copied.
bool gallery::run_errand(entry& target, core::reference_kind kind) {
  std::unique_ptr<reference_index::errand> errand;
  {
    const std::shared_lock lock(target.mutex);
    errand = target.held.next_errand(kind);
  }
  if (!errand)
    return false;
  errand->run();
  change(target, [&](auto& held) { held.finish(kind, *errand); });
  return true;
}

} // namespace rollcall::shard
