#include "store/checks.hpp"
#include "store/memory/state.hpp"

namespace rollcall::store::memory {

namespace {

// What half of a partition's references a further one takes over; what was before it reads from them.
partition_entry half_of(const partition_entry& from, const partition_range& split, std::uint32_t part) {
  partition_entry half;
  half.head = half.pruned = from.head;
  for (const auto& [name, placed] : from.references)
    if (split.number_of(name.second) == part)
      half.references.emplace(name, placed);
  return half;
}

void add_halves(collection_entry& collection) {
  const auto from = collection.shape.numbered();
  const auto split = collection.shape.doubled();
  for (std::uint32_t at = 0; at < split.count; ++at) {
    const auto& whole = collection.partitions.at(from.first + at % from.count);
    collection.partitions[split.first + at] = half_of(whole, split, split.first + at);
  }
}

} // namespace

collection_shape to_shape(const collection_entry& entry) {
  return {entry.record, entry.shape, entry.dimension};
}

core::result<doubling_step_taken> take_doubling_step(state& all, std::string_view id, doubling_step step,
                                                     const partition_shape& seen) {
  const auto found = all.collections.find(std::string(id));
  if (found == all.collections.end())
    return no_collection();
  auto& entry = found->second;
  ROLLCALL_CHECK(check_step(to_shape(entry), step, seen));
  const auto beside = entry.shape.beside();
  entry.shape = shape_after(entry.shape, step);
  entry.record.partitions = entry.shape.serving.count;
  entry.record.first_partition = entry.shape.serving.first;
  std::vector<mutation_batch> mutations;
  if (step == doubling_step::begin) {
    add_halves(entry);
    change_set changes(entry.shape.numbered());
    changes.mark_all();
    mutations = record_changes(all.settings, entry, std::move(changes));
  } else if (step != doubling_step::serve) {
    std::erase_if(entry.partitions, [&](const auto& one) { return beside->contains(one.first); });
  }
  const bool is_over = entry.shape.stage == doubling_stage::none;
  return doubling_step_taken{to_shape(entry), std::move(mutations), is_over ? beside : std::nullopt};
}

} // namespace rollcall::store::memory
