// How a gallery looks after the quality of its own answers: beside changes and searches.
#include "shard/gallery.hpp"

#include <algorithm>
#include <shared_mutex>

namespace rollcall::shard {

std::optional<gallery::self_check> gallery::check_one(std::uint64_t draw) const {
  const auto keys = list();
  if (keys.empty())
    return std::nullopt;
  const auto& key = keys[draw % keys.size()];
  const auto found = find(key);
  if (!found)
    return std::nullopt;
  const std::shared_lock lock(found->mutex);
  const auto* index = found->held.index(core::reference_kind::face);
  if (index == nullptr || index->size() == 0)
    return std::nullopt;
  const auto [id, values] = index->at(draw / keys.size() % index->size());
  const auto probe = probe_matrix::make({values.begin(), values.end()}, values.size());
  if (!probe)
    return std::nullopt;
  const auto answer = search_index(*index, *probe, 1, dot(values, values));
  if (index->is_damaged() || answer.exact != exactness::proved)
    return std::nullopt;
  return self_check{key.first, key.second, id, !answer.rows.front().empty()};
}

// Looks for what is nearest to one of the references, besides itself.
bool gallery::meet_nearest(const entry& target, core::reference_kind kind) {
  constexpr std::uint64_t stride = 0x9e3779b97f4a7c15; // spreads rows evenly
  const std::shared_lock lock(target.mutex);
  const auto* index = target.held.index(kind);
  if (index == nullptr || !index->wants_nearest())
    return false;
  note_neighbour(*index, static_cast<std::size_t>((met_ += stride) % index->size()));
  return true;
}

// Runs one search again that looked at a part only, where nothing has changed since.
bool gallery::measure_recall() const {
  constexpr std::chrono::seconds at_most{30};
  auto sample = recall_.take();
  if (!sample)
    return false;
  sample->request.until = core::deadline::in(at_most);
  const auto answer = search(sample->request);
  if (!answer || answer->rows.front().empty())
    return true;
  const auto& parts = answer->partitions;
  const bool is_same = std::equal(parts.begin(), parts.end(), sample->seqs.begin(), sample->seqs.end(),
                                  [](const auto& part, auto seq) { return part.has_answered && part.seq == seq; });
  const auto& nearest = answer->rows.front().front();
  if (is_same)
    recall_.count(nearest, sample->found);
  for (const auto& part : parts)
    note_nearest({sample->request.collection, part.partition}, sample->request, nearest.id);
  return true;
}

void gallery::note_nearest(const entry_key& key, const search_request& searched, const core::uuid& id) const {
  const auto found = find(key);
  if (!found)
    return;
  const std::shared_lock lock(found->mutex);
  const auto* index = found->held.index(searched.kind);
  if (index != nullptr && index->dimension() == searched.dimension)
    index->note_nearest(nearest_to::probe, searched.probes, id);
}

} // namespace rollcall::shard
