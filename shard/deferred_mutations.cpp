#include "shard/deferred_mutations.hpp"

#include "shard/codes/similarity.hpp"

#include <algorithm>

namespace rollcall::shard {

namespace {

// Whether the index takes what it puts in.
bool is_taken(const partition& of, const core::mutation& one) {
  const auto* index = of.index(one.kind);
  return one.embedding.empty() || (index != nullptr && index->check(one.embedding).has_value());
}

const core::mutation* find_in(const deferred_mutations::list& in, const core::uuid& id) noexcept {
  const auto found = std::find_if(in.begin(), in.end(), [&](const auto& one) { return one->id == id; });
  return found == in.end() ? nullptr : found->get();
}

} // namespace

bool deferred_mutations::take(const partition& of, std::span<const core::mutation> batch) {
  const std::lock_guard lock(mutex_);
  if (of.is_loading() || held_.mutations.size() + batch.size() > most)
    return false;
  auto longer = held_.mutations;
  auto seq = longer.empty() ? of.seq() : longer.back()->seq;
  for (const auto& one : batch) {
    if (one.seq <= seq)
      continue;
    if (one.seq != ++seq || !is_taken(of, one))
      return false;
    longer.push_back(std::make_shared<core::mutation>(one));
  }
  held_.mutations.swap(longer);
  seq_ = seq;
  return true;
}

void deferred_mutations::note_head(std::uint64_t head) noexcept {
  const std::lock_guard lock(mutex_);
  held_.head = std::max(held_.head, head);
}

void deferred_mutations::apply_to(partition& to) {
  const std::lock_guard lock(mutex_);
  to.note_head(held_.head);
  for (const auto& one : held_.mutations)
    (void)to.apply({one.get(), 1}); // it has no gap to complain of
  held_.mutations.clear();
}

// Some may have come since `apply_to`.
void deferred_mutations::follow(const partition& of) noexcept {
  const std::lock_guard lock(mutex_);
  seq_ = held_.mutations.empty() ? of.seq() : held_.mutations.back()->seq;
}

deferred_mutations::contents deferred_mutations::now() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

std::uint64_t partition_view::seq() const noexcept {
  return deferred_.mutations.empty() ? held_.seq() : deferred_.mutations.back()->seq;
}

// Of one kind, the last of each id.
deferred_mutations::list partition_view::latest(core::reference_kind kind) const {
  deferred_mutations::list all;
  for (auto one = deferred_.mutations.rbegin(); one != deferred_.mutations.rend(); ++one)
    if ((*one)->kind == kind && find_in(all, (*one)->id) == nullptr)
      all.push_back(*one);
  return all;
}

bool partition_view::holds(const core::mutation& one) const {
  const auto* index = held_.index(one.kind);
  return index != nullptr && index->contains(one.id);
}

std::size_t partition_view::size(core::reference_kind kind) const {
  auto size = held_.size(kind);
  for (const auto& one : latest(kind)) {
    size += one->embedding.empty() ? 0 : 1;
    size -= holds(*one) ? 1 : 0;
  }
  return size;
}

// The index looks for as many more as it has that are not what they were.
core::result<search_outcome> partition_view::search(core::reference_kind kind, const probe_matrix& probes,
                                                    float recall_floor, std::span<top_k> best) const {
  const auto changed = latest(kind);
  if (changed.empty())
    return held_.search(kind, probes, recall_floor, best);
  const auto stale = std::count_if(changed.begin(), changed.end(), [this](const auto& one) { return holds(*one); });
  std::vector<top_k> own;
  for (const auto& each : best)
    own.emplace_back(each.k() + static_cast<std::size_t>(stale), each.lowest());
  for (const auto& one : changed)
    if (!one->embedding.empty())
      ROLLCALL_CHECK(partition::check(probes, one->embedding.size()));
  ROLLCALL_TRY(auto outcome, held_.search(kind, probes, recall_floor, own));
  for (std::size_t p = 0; p < best.size(); ++p) {
    for (const auto& hit : own[p].take())
      if (find_in(changed, hit.id) == nullptr)
        best[p].push(hit);
    for (const auto& one : changed)
      if (!one->embedding.empty()) {
        best[p].push({one->id, dot(one->embedding, {probes.rows(p, 1).data, probes.dimension()})});
        ++outcome.compared;
      }
  }
  return outcome;
}

std::vector<float> partition_view::find(core::reference_kind kind, const core::uuid& id) const {
  const auto changed = latest(kind);
  const auto* one = find_in(changed, id);
  return one != nullptr ? one->embedding : held_.find(kind, id);
}

} // namespace rollcall::shard
