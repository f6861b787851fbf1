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

// Null where there is none, and references of no dimension make none.
reference_index* partition::prepare(core::reference_kind kind, std::size_t dimension) {
  auto& target = slot(kind);
  if (target && target->size() == 0 && target->dimension() != dimension)
    target.reset();
  if (!target && dimension != 0) {
    target = make_index_(dimension);
    target->expect(kind == core::reference_kind::face ? expected_.faces : expected_.users);
  }
  return target.get();
}

void partition::put(core::reference_kind kind, const core::uuid& id, std::span<const float> embedding,
                    const known_code& as) {
  auto* const target = prepare(kind, embedding.size());
  if (target == nullptr)
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

core::status partition::put(const reference_block& from, std::size_t at) {
  if (from.mapping && !(from.is_intact(at) && (!from.codes.by || from.is_fine_intact(at / fine_group_rows))))
    return core::fail(core::error_code::corrupt, "The snapshot is damaged: a row of it was altered.");
  put(from.kind, from.ids[at], from.row(at), from.code(at));
  return core::nothing{};
}

// A chunk that has room yet is filled from the block's end, so that the others stay whole.
core::status partition::load(const reference_block& references) {
  auto* const index = prepare(references.kind, references.dimension);
  auto left = references.ids.size();
  while (left > 0 && index != nullptr && index->size() % chunk_rows != 0)
    ROLLCALL_CHECK(put(references, --left));
  for (std::size_t at = 0; at < left; at += chunk_rows) {
    const auto count = std::min(chunk_rows, left - at);
    if (index != nullptr && at + chunk_rows <= references.ids.size()) {
      ROLLCALL_TRY(const bool is_done, index->adopt(references, at, count));
      if (is_done)
        continue;
    }
    for (auto row = at; row < at + count; ++row)
      ROLLCALL_CHECK(put(references, row));
  }
  return core::nothing{};
}

bool partition::is_settled() const noexcept {
  return (!faces_ || faces_->is_settled()) && (!users_ || users_->is_settled());
}

bool partition::is_damaged() const noexcept {
  return (faces_ && faces_->is_damaged()) || (users_ && users_->is_damaged());
}

void partition::move_to_file(core::reference_kind kind, const moved_block& what) {
  if (auto& held = slot(kind))
    held->move_to_file(what);
}

bool partition::leave_files(core::reference_kind kind, const file_mapping* but, std::size_t most) {
  auto& held = slot(kind);
  return held && held->leave_files(but, most);
}

void partition::begin_load(const load_size& expected) {
  ++loads_;
  faces_.reset();
  users_.reset();
  seq_ = 0;
  erasures_ = 0;
  is_loading_ = true;
  expected_ = expected;
}

void partition::load_from(std::uint64_t seq) {
  is_loading_ = false;
  expected_ = {};
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

memory_parts partition::memory() const noexcept {
  auto sum = faces_ ? faces_->memory() : memory_parts{};
  sum += users_ ? users_->memory() : memory_parts{};
  return sum;
}

core::result<search_outcome> partition::search(core::reference_kind kind, const probe_matrix& probes,
                                               float recall_floor, std::span<top_k> best) const {
  const auto* held = index(kind);
  if (!held || held->size() == 0)
    return search_outcome{};
  ROLLCALL_CHECK(check(probes, held->dimension()));
  return held->search(probes, recall_floor, best);
}

core::status partition::check(const probe_matrix& probes, std::size_t dimension) {
  if (dimension == probes.dimension())
    return core::nothing{};
  return core::fail(core::error_code::model_mismatch, "The probe's embedding comes from another model.",
                    "dimension " + std::to_string(probes.dimension()) + ", references have "
                        + std::to_string(dimension));
}

std::vector<float> partition::find(core::reference_kind kind, const core::uuid& id) const {
  const auto* held = index(kind);
  return held == nullptr ? std::vector<float>{} : held->find(id).value_or(std::vector<float>{});
}

bool partition::wants_study(core::reference_kind kind) const noexcept {
  const auto* held = index(kind);
  return held != nullptr && !is_loading_ && held->wants_study();
}

std::unique_ptr<reference_index::errand> partition::next_errand(core::reference_kind kind) const {
  const auto* held = index(kind);
  return held == nullptr || is_loading_ ? nullptr : held->next_errand();
}

void partition::finish(core::reference_kind kind, reference_index::errand& done) {
  if (auto& held = slot(kind))
    held->finish(done);
}

bool partition::upkeep(core::reference_kind kind, const reference_index::finding* found) {
  auto& held = slot(kind);
  return held && held->upkeep(found);
}

bool partition::settle(core::reference_kind kind, aligned_memory room) {
  auto& held = slot(kind);
  return held && held->settle(std::move(room));
}

std::size_t partition::room_to_settle(core::reference_kind kind) const noexcept {
  const auto* held = index(kind);
  return held == nullptr ? 0 : held->room_to_settle();
}

} // namespace rollcall::shard
