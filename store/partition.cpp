#include "core/digest.hpp"
#include "store/partitions.hpp"

namespace rollcall::store {

std::uint32_t partition_of(const core::uuid& id, std::uint32_t partitions) {
  const auto digest = core::sha256(id.value);
  const auto hash = std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 | std::uint32_t{digest[2]} << 8
                    | std::uint32_t{digest[3]};
  return hash & (partitions - 1);
}

} // namespace rollcall::store
