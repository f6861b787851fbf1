/// What one write changes in the references of a collection, sorted by partition: both stores give sequence numbers
/// from it, in the same order. Value type.
#pragma once

#include "store/store.hpp"

#include <map>

namespace rollcall::store {

class change_set {
public:
  /// Over the partitions whose heads number the writes (partition_shape::numbered).
  explicit change_set(partition_range partitions) : partitions_(partitions) {}

  /// Puts a reference in the place of any of the same kind and id. `embedding` is not empty.
  void put(reference_kind kind, const core::uuid& id, std::vector<float> embedding) {
    by_partition_[partitions_.number_of(id)].push_back({0, kind, id, std::move(embedding)});
  }
  void remove(reference_kind kind, const core::uuid& id) {
    by_partition_[partitions_.number_of(id)].push_back({0, kind, id, {}});
  }

  /// One change of every partition that touches nothing: it says that there is something new.
  void mark_all() {
    for (std::uint32_t at = 0; at < partitions_.count; ++at)
      by_partition_[partitions_.first + at].push_back({0, reference_kind::user, core::uuid{}, {}});
  }

  /// The same changes over other partitions.
  [[nodiscard]] change_set over(partition_range partitions) && {
    change_set made(partitions);
    for (auto& [part, changes] : by_partition_)
      for (auto& change : changes)
        made.by_partition_[partitions.number_of(change.id)].push_back(std::move(change));
    return made;
  }

  /// Changes by partition, ascending (the order in which heads are locked), each in the order they were made. Their
  /// `seq` is 0 until the store numbers them.
  [[nodiscard]] std::map<std::uint32_t, std::vector<mutation>>& by_partition() noexcept { return by_partition_; }

private:
  partition_range partitions_;
  std::map<std::uint32_t, std::vector<mutation>> by_partition_;
};

} // namespace rollcall::store
