#include "store/checks.hpp"
#include "store/memory/state.hpp"

#include <iterator>

#include <algorithm>

namespace rollcall::store::memory {

namespace {

void apply(partition_entry& partition, const mutation& change) {
  const partition_entry::name name{change.kind, change.id};
  partition.mutations[change.seq] = name;
  if (change.embedding.empty())
    partition.references.erase(name);
  else
    partition.references[name] = {change.seq, change.embedding};
}

// The same strides as in SQLite, so that both give `gap` for the same positions.
void prune(partition_entry& partition, std::uint64_t kept) {
  if (partition.head < partition.pruned + kept + kept / 8 + 1)
    return;
  partition.pruned = partition.head - kept;
  partition.mutations.erase(partition.mutations.begin(), partition.mutations.upper_bound(partition.pruned));
}

core::result<partition_entry*> find_partition(state& all, core::collection_key key, std::uint32_t part) {
  auto* collection = find_entry(all, key);
  if (collection == nullptr)
    return no_collection();
  const auto found = collection->partitions.find(part);
  if (found == collection->partitions.end())
    return core::fail(core::error_code::not_found, "the collection has no partition " + std::to_string(part));
  return &found->second;
}

// The changes as one of the two that a partition is split into has them: what belongs to the other one is the removal
// of nothing.
mutation_batch follow(const common_settings& settings, collection_entry& collection, std::uint32_t part,
                      std::span<const mutation> changes) {
  const auto split = collection.shape.doubled();
  auto& partition = collection.partitions.at(part);
  mutation_batch batch{collection.record.key, part, {changes.begin(), changes.end()}};
  for (auto& change : batch.mutations) {
    if (split.number_of(change.id) != part)
      change.embedding.clear();
    partition.head = change.seq;
    apply(partition, change);
  }
  prune(partition, settings.mutations_kept);
  return batch;
}

} // namespace

std::vector<mutation_batch> record_changes(const common_settings& settings, collection_entry& collection,
                                           change_set changes) {
  std::vector<mutation_batch> batches;
  std::vector<mutation_batch> followed;
  const auto numbered = collection.shape.numbered();
  const auto split = collection.shape.doubled();
  for (auto& [part, mutations] : changes.by_partition()) {
    auto& partition = collection.partitions[part];
    for (auto& change : mutations) {
      change.seq = ++partition.head;
      apply(partition, change);
    }
    prune(partition, settings.mutations_kept);
    if (collection.shape.stage != doubling_stage::none)
      for (const auto at : {part - numbered.first, part - numbered.first + numbered.count})
        followed.push_back(follow(settings, collection, split.first + at, mutations));
    batches.push_back({collection.record.key, part, std::move(mutations)});
  }
  std::move(followed.begin(), followed.end(), std::back_inserter(batches));
  return batches;
}

std::vector<partition_head> list_heads(const state& all) {
  std::vector<partition_head> heads;
  for (const auto& [id, entry] : all.collections)
    for (const auto& [part, partition] : entry.partitions)
      heads.push_back({entry.record.key, part, partition.head});
  const auto place = [](const partition_head& head) { return std::pair(head.collection, head.partition); };
  std::sort(heads.begin(), heads.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return heads;
}

core::result<reference_page> list_references(state& all, core::collection_key key, std::uint32_t partition,
                                             const std::optional<partition_entry::name>& after, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_TRY(auto* found, find_partition(all, key, partition));
  reference_page page;
  auto from = after ? found->references.upper_bound(*after) : found->references.begin();
  for (; from != found->references.end(); ++from) {
    if (page.references.size() == limit) {
      page.next = {page.references.back().kind, page.references.back().id};
      break;
    }
    page.references.push_back({from->first.first, from->first.second, from->second.embedding});
  }
  return page;
}

core::result<mutation_batch> tail_mutations(state& all, core::collection_key key, std::uint32_t partition,
                                            std::uint64_t after, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_TRY(auto* found, find_partition(all, key, partition));
  if (after < found->pruned)
    return core::fail(core::error_code::gap, "mutations up to " + std::to_string(found->pruned)
                                                 + " are forgotten: load the partition's references anew");
  mutation_batch batch{key, partition, {}};
  auto from = found->mutations.upper_bound(after);
  for (; from != found->mutations.end() && batch.mutations.size() < limit; ++from) {
    const auto& [seq, name] = *from;
    mutation change{seq, name.first, name.second, {}};
    const auto placed = found->references.find(name);
    if (placed != found->references.end() && placed->second.seq == seq)
      change.embedding = placed->second.embedding;
    batch.mutations.push_back(std::move(change));
  }
  return batch;
}

} // namespace rollcall::store::memory
