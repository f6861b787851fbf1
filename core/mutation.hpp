/// What travels from the system of record to the shards: references (biometrics' word for an enrolled template) and the
/// ordered changes of them. Plain values.
#pragma once

#include "core/uuid.hpp"

#include <cstdint>
#include <vector>

namespace rollcall::core {

/// What a reference stands for. Faces and users have indexes of their own in a partition.
enum class reference_kind : std::uint8_t { face, user };

/// One reference as a shard loads it. Embedding: dimension float32, L2-normalised.
struct reference {
  reference_kind kind = reference_kind::face;
  uuid id;
  std::vector<float> embedding;
};

/// One change of a partition: puts `id` (replacing what was there), or removes it where `embedding` is empty.
struct mutation {
  std::uint64_t seq = 0; ///< > 0, without holes within a partition; sequence order is commit order
  reference_kind kind = reference_kind::face;
  uuid id;
  std::vector<float> embedding;
};

/// Mutations of one partition, ascending by `seq`.
struct mutation_batch {
  collection_key collection;
  std::uint32_t partition = 0;
  std::vector<mutation> mutations;
};

} // namespace rollcall::core
