/// Which SHARD actor of a node holds a partition. Pure; STORE, SHARD and COORDINATOR all ask here.
#pragma once

#include "core/assert.hpp"

#include "core/uuid.hpp"

#include <cstdint>
#include <utility>

namespace rollcall::actors {

using partition_key = std::pair<core::collection_key, std::uint32_t>;

/// The index in [0, shards) of the SHARD actor that holds `partition`, for every collection. Precondition: shards ≥ 1.
[[nodiscard]] inline std::uint32_t shard_of(std::uint32_t partition, std::uint32_t shards) {
  ROLLCALL_ASSERT(shards >= 1);
  return partition % shards;
}

} // namespace rollcall::actors
