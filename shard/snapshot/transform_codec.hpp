/// Transforms as bytes, so that codes can go to another node with what they were made by. Pure functions; any thread.
///
///   transform := u32 0 (mixing)    u32 from
///              | u32 1 (principal) u32 from u32 to float32 spread mean{from} row{to}
///   row       := float32{from}
///
/// Numbers are little-endian.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "shard/codes/transform.hpp"

#include <memory>
#include <span>

namespace rollcall::shard {

[[nodiscard]] core::bytes encode_mixing_transform(std::size_t from);
/// Shapes as make_principal_transform's.
[[nodiscard]] core::bytes encode_principal_transform(std::span<const float> mean, std::span<const float> rows,
                                                     float spread);

/// What transform::encode gave. Errors: `corrupt`.
[[nodiscard]] core::result<std::shared_ptr<const transform>> decode_transform(core::byte_view bytes);

} // namespace rollcall::shard
