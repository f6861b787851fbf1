// Collections and their tags.
#include "store/checks.hpp"
#include "store/memory/state.hpp"

namespace rollcall::store::memory {

collection_entry* find_entry(state& all, core::collection_key key) {
  for (auto& [id, entry] : all.collections)
    if (entry.record.key == key)
      return &entry;
  return nullptr;
}

core::result<collection_record> create_collection(state& all, const collection_record& record, const tags& with) {
  ROLLCALL_CHECK(check_collection(record, with));
  if (all.collections.contains(record.id) || find_entry(all, record.key) != nullptr)
    return core::fail(core::error_code::already_exists, "the collection id: " + record.id + " already exists");
  auto& entry = all.collections[record.id];
  entry.record = record;
  entry.labels = with;
  entry.record.first_partition = 0;
  entry.record.recall_floor = 1;
  entry.shape = {{0, record.partitions}, doubling_stage::none, record.partitions};
  for (std::uint32_t part = 0; part < record.partitions; ++part)
    entry.partitions.try_emplace(part);
  return entry.record;
}

core::result<collection_record> delete_collection(state& all, std::string_view id) {
  const auto found = all.collections.find(std::string(id));
  if (found == all.collections.end())
    return no_collection();
  const auto record = found->second.record;
  all.collections.erase(found);
  std::erase_if(all.tokens, [&](const auto& token) { return token.collection == record.key; });
  return record;
}

core::result<page<collection_record, std::string>> list_collections(const state& all, std::string_view after,
                                                                    std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  page<collection_record, std::string> found;
  for (auto from = all.collections.upper_bound(std::string(after)); from != all.collections.end(); ++from) {
    if (found.rows.size() == limit) {
      found.next = found.rows.back().id;
      break;
    }
    found.rows.push_back(from->second.record);
  }
  return found;
}

core::status add_tags(state& all, core::collection_key key, const tags& with) {
  auto* entry = find_entry(all, key);
  if (entry == nullptr)
    return no_collection();
  auto joined = with;
  joined.insert(entry->labels.begin(), entry->labels.end());
  if (joined.size() > most_tags)
    return too_many_tags();
  entry->labels = std::move(joined);
  return core::nothing{};
}

core::status remove_tags(state& all, core::collection_key key, std::span<const std::string> names) {
  auto* entry = find_entry(all, key);
  if (entry == nullptr)
    return no_collection();
  for (const auto& name : names)
    entry->labels.erase(name);
  return core::nothing{};
}

} // namespace rollcall::store::memory
