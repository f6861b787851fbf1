/// What one write changes in the references of a collection, sorted by partition: both stores give sequence numbers
/// from it, in the same order. Value type.
#pragma once

#include "store/store.hpp"

#include <map>

namespace rollcall::store {

class change_set {
public:
  /// Of a collection with this many partitions.
  explicit change_set(std::uint32_t partitions) : partitions_(partitions) {}

  /// Puts a reference in the place of any of the same kind and id. `embedding` is not empty.
  void put(reference_kind kind, const core::uuid& id, std::vector<float> embedding) {
    by_partition_[partition_of(id, partitions_)].push_back({0, kind, id, std::move(embedding)});
  }
  void remove(reference_kind kind, const core::uuid& id) {
    by_partition_[partition_of(id, partitions_)].push_back({0, kind, id, {}});
  }

  /// Changes by partition, ascending (the order in which heads are locked), each in the order they were made. Their
  /// `seq` is 0 until the store numbers them.
  [[nodiscard]] std::map<std::uint32_t, std::vector<mutation>>& by_partition() noexcept { return by_partition_; }

private:
  std::uint32_t partitions_;
  std::map<std::uint32_t, std::vector<mutation>> by_partition_;
};

} // namespace rollcall::store
