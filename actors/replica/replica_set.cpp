#include "actors/replica/replica_set.hpp"

#include <algorithm>
#include <set>

namespace rollcall::actors {

using store::placement_state;
using store::share_entry;

void replica_set::queue(const partition_key& key, replica& held, std::optional<std::uint64_t> head) {
  held.ticket = ++last_ticket_;
  held.is_loaded = false;
  loads_.push_back({key, head, held.ticket});
}

replica_set::difference replica_set::follow(std::span<const share_entry> share, core::steady_time now) {
  difference found;
  std::set<partition_key> wanted;
  for (const auto& one : share) {
    const partition_key key{one.collection, one.partition};
    wanted.insert(key);
    const auto [at, is_new] = held_.try_emplace(key);
    auto& held = at->second;
    if (is_new)
      queue(key, held, one.head);
    if (held.is_loaded)
      found.present.push_back(one);
    else
      held.wanted = std::max(held.wanted, one.head);
    if (one.state == placement_state::loading)
      held.told = placement_state::loading;
    if (one.state != placement_state::leaving)
      held.leaving_since.reset();
    else if (!held.leaving_since)
      held.leaving_since = now;
  }
  for (const auto& [key, held] : held_)
    if (!wanted.contains(key))
      found.gone.push_back(key);
  for (const auto& key : found.gone)
    held_.erase(key);
  return found;
}

void replica_set::settle(std::span<const share_entry> share) {
  for (const auto& one : share)
    if (const auto found = held_.find({one.collection, one.partition}); found != held_.end())
      found->second.told = one.state;
}

void replica_set::forget(core::collection_key collection, const std::optional<store::partition_range>& only) {
  std::erase_if(held_, [&](const auto& one) {
    return one.first.first == collection && (!only || only->contains(one.first.second));
  });
}

std::optional<partition_load> replica_set::next_load() {
  while (!loads_.empty()) {
    auto next = loads_.front();
    loads_.pop_front();
    if (is_wanted(next))
      return next;
  }
  return std::nullopt;
}

bool replica_set::is_wanted(const partition_load& load) const {
  const auto found = held_.find(load.key);
  return found != held_.end() && found->second.ticket == load.ticket && !found->second.is_loaded;
}

bool replica_set::finish(const partition_load& load, std::uint64_t seq) {
  if (!is_wanted(load))
    return true;
  auto& held = held_.at(load.key);
  held.is_loaded = seq >= held.wanted;
  return held.is_loaded;
}

void replica_set::reload(const partition_key& key) {
  const auto [at, is_new] = held_.try_emplace(key);
  if (is_new && !is_sole_)
    held_.erase(at);
  else
    queue(key, at->second, std::nullopt);
}

bool replica_set::is_settled() const {
  return std::all_of(held_.begin(), held_.end(), [this](const auto& one) {
    return one.second.is_loaded && (is_sole_ || one.second.told != placement_state::loading);
  });
}

bool replica_set::takes(const partition_key& key, std::uint64_t seq) {
  const auto found = held_.find(key);
  if (found == held_.end())
    return is_sole_;
  if (!found->second.is_loaded)
    found->second.wanted = std::max(found->second.wanted, seq);
  return found->second.is_loaded;
}

bool replica_set::has_left(const replica& held, core::steady_time now) const {
  return held.leaving_since && now - *held.leaving_since >= grace_;
}

bool replica_set::answers(const partition_key& key, core::steady_time now) const {
  const auto found = held_.find(key);
  if (found == held_.end())
    return is_sole_;
  const auto& held = found->second;
  return held.is_loaded && (is_sole_ || (held.told != placement_state::loading && !has_left(held, now)));
}

std::vector<replica_set::condition> replica_set::list() const {
  std::vector<condition> all;
  all.reserve(held_.size());
  for (const auto& [key, held] : held_)
    all.push_back({key, held.is_loaded, held.leaving_since.has_value()});
  return all;
}

std::vector<store::placement> replica_set::news(core::steady_time now) const {
  std::vector<store::placement> done;
  for (const auto& [key, held] : held_) {
    if (held.is_loaded && held.told == placement_state::loading)
      done.push_back({key.first, key.second, {}, placement_state::ready});
    else if (held.told == placement_state::leaving && has_left(held, now))
      done.push_back({key.first, key.second, {}, placement_state::leaving});
  }
  return done;
}

} // namespace rollcall::actors
