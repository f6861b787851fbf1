/// The messages of actors as bodies between nodes, and back (net/messages.proto). Pure functions; any thread. What
/// another node sent is not trusted: sizes that contradict one another are `malformed`. Deadlines are not part of a
/// body.
#pragma once

#include "actors/interfaces.hpp"

namespace rollcall::actors {

/// Methods that a node serves.
namespace method {
inline constexpr auto* search = "shard.search";
inline constexpr auto* find = "shard.find";
inline constexpr auto* apply = "shard.apply";
inline constexpr auto* drop = "shard.drop";
inline constexpr auto* status = "shard.status";
inline constexpr auto* snapshot_open = "shard.snapshot_open";
inline constexpr auto* snapshot_read = "shard.snapshot_read";
} // namespace method

[[nodiscard]] core::shared_bytes encode(const shard::search_request& request);
[[nodiscard]] core::shared_bytes encode(const shard::search_answer& answer);
[[nodiscard]] core::shared_bytes encode(const shard::find_request& wanted);
[[nodiscard]] core::shared_bytes encode(const shard::found_reference& found);
[[nodiscard]] core::shared_bytes encode(const apply_request& request);
[[nodiscard]] core::shared_bytes encode(const drop_request& request);
[[nodiscard]] core::shared_bytes encode(const shard_status& status);
[[nodiscard]] core::shared_bytes encode(const applied&);
[[nodiscard]] core::shared_bytes encode(const snapshot_open_request& request);
[[nodiscard]] core::shared_bytes encode(const snapshot_opened& opened);
[[nodiscard]] core::shared_bytes encode(const snapshot_read_request& request);
[[nodiscard]] inline core::shared_bytes encode(const snapshot_part& part) {
  return part.bytes;
}

/// Errors of all: `malformed`.
[[nodiscard]] core::result<shard::search_request> decode_search(core::byte_view body, core::deadline until);
[[nodiscard]] core::result<shard::search_answer> decode_search_answer(core::byte_view body);
[[nodiscard]] core::result<shard::find_request> decode_find(core::byte_view body, core::deadline until);
[[nodiscard]] core::result<shard::found_reference> decode_found(core::byte_view body);
[[nodiscard]] core::result<apply_request> decode_apply(core::byte_view body);
[[nodiscard]] core::result<drop_request> decode_drop(core::byte_view body);
[[nodiscard]] core::result<shard_status> decode_status(core::byte_view body);
[[nodiscard]] core::result<snapshot_open_request> decode_snapshot_open(core::byte_view body);
[[nodiscard]] core::result<snapshot_opened> decode_snapshot_opened(core::byte_view body);
[[nodiscard]] core::result<snapshot_read_request> decode_snapshot_read(core::byte_view body);

} // namespace rollcall::actors
