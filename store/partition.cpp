#include "core/big_endian.hpp"
#include "core/digest.hpp"
#include "store/partitions.hpp"

namespace rollcall::store {

std::uint32_t partition_of(const core::uuid& id, std::uint32_t partitions) {
  const auto digest = core::sha256(id.value);
  const auto hash = static_cast<std::uint32_t>(core::read_big_endian(core::byte_view(digest).first(4)));
  return hash & (partitions - 1);
}

} // namespace rollcall::store
