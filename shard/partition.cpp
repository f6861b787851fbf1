#include "shard/partition.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::shard {

partition::partition(index_factory make_index) : make_index_(std::move(make_index)) {}

std::unique_ptr<reference_index>& partition::slot(core::reference_kind kind) noexcept {
  return kind == core::reference_kind::face ? faces_ : users_;
}

const reference_index* partition::index(core::reference_kind kind) const noexcept {
  return kind == core::reference_kind::face ? faces_.get() : users_.get();
}

void partition::put(core::reference_kind kind, const core::uuid& id, std::span<const float> embedding,
                    const known_code& as) {
  auto& target = slot(kind);
  if (target && target->size() == 0 && target->dimension() != embedding.size())
    target.reset();
  if (!target && !embedding.empty())
    target = make_index_(embedding.size());
  if (!target)
    return;
  auto put = target->upsert(id, embedding, as);
  if (put)
    return;
  // An older embedding of the same reference would be wrong, so it goes as well.
  target->remove(id);
  core::log(core::log_level::failure, "shard", "a stored reference cannot be searched",
            {{"id", core::to_string(id)}, {"error", put.failure().message}});
}

void partition::load(std::span<const core::reference> references) {
  for (const auto& loaded : references)
    put(loaded.kind, loaded.id, loaded.embedding);
}

void partition::load(const reference_block& references) {
  for (std::size_t at = 0; at < references.ids.size(); ++at)
    put(references.kind, references.ids[at], references.row(at), references.code(at));
}

void partition::begin_load() {
  ++loads_;
  faces_.reset();
  users_.reset();
  seq_ = 0;
  erasures_ = 0;
  is_loading_ = true;
}

void partition::load_from(std::uint64_t seq) {
  is_loading_ = false;
  seq_ = std::max(seq_, seq);
  note_head(seq);
}

core::status partition::apply(std::span<const core::mutation> mutations) {
  for (const auto& change : mutations) {
    note_head(change.seq);
    if (change.seq <= seq_)
      continue;
    if (change.seq != seq_ + 1)
      return core::fail(core::error_code::gap, "Mutations are missing.",
                        "applied " + std::to_string(seq_) + ", got " + std::to_string(change.seq));
    auto& target = slot(change.kind);
    erasures_ += target && target->contains(change.id) ? 1 : 0;
    if (!change.embedding.empty())
      put(change.kind, change.id, change.embedding);
    else if (target)
      target->remove(change.id);
    seq_ = change.seq;
  }
  return core::nothing{};
}

void partition::note_head(std::uint64_t head) noexcept {
  head_ = std::max(head_, head);
}

std::size_t partition::size(core::reference_kind kind) const noexcept {
  const auto* held = index(kind);
  return held ? held->size() : 0;
}

std::size_t partition::memory_bytes() const noexcept {
  return (faces_ ? faces_->memory_bytes() : 0) + (users_ ? users_->memory_bytes() : 0);
}

core::result<search_outcome> partition::search(core::reference_kind kind, const probe_matrix& probes,
                                               exactness_wanted wanted, std::span<top_k> best) const {
  const auto* held = index(kind);
  if (!held || held->size() == 0)
    return search_outcome{};
  if (held->dimension() != probes.dimension())
    return core::fail(core::error_code::model_mismatch, "The probe's embedding comes from another model.",
                      "dimension " + std::to_string(probes.dimension()) + ", references have "
                          + std::to_string(held->dimension()));
  return held->search(probes, wanted, best);
}

bool partition::wants_study(core::reference_kind kind) const noexcept {
  const auto* held = index(kind);
  return held != nullptr && !is_loading_ && held->wants_study();
}

bool partition::upkeep(core::reference_kind kind, const reference_index::finding* found) {
  auto& held = slot(kind);
  return held && held->upkeep(found);
}

} // namespace rollcall::shard
