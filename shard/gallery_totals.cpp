#include "shard/gallery_totals.hpp"

namespace rollcall::shard {

namespace {

void grow(gallery_size& to, const gallery_size& what) noexcept {
  to.partitions += what.partitions;
  to.references += what.references;
  to.memory += what.memory;
}

void fall(gallery_size& from, const gallery_size& what) noexcept {
  from.partitions -= what.partitions;
  from.references -= what.references;
  from.memory -= what.memory;
}

} // namespace

void gallery_totals::add(core::collection_key collection, const gallery_size& what) {
  const std::lock_guard lock(mutex_);
  grow(each_.try_emplace(collection).first->second, what);
  grow(all_, what);
}

void gallery_totals::remove(core::collection_key collection, const gallery_size& what) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = each_.find(collection);
  if (found == each_.end())
    return;
  fall(found->second, what);
  fall(all_, what);
  if (found->second.partitions == 0)
    each_.erase(found);
}

gallery_size gallery_totals::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

std::vector<collection_size> gallery_totals::by_collection() const {
  const std::lock_guard lock(mutex_);
  std::vector<collection_size> all;
  all.reserve(each_.size());
  for (const auto& [collection, held] : each_)
    all.push_back({collection, held});
  return all;
}

} // namespace rollcall::shard
