/// Translates the operator's settings into those of each part. Pure; any thread.
#pragma once

#include "actors/cluster/cluster_member.hpp"
#include "actors/node_actors.hpp"
#include "config/settings.hpp"
#include "front/front.hpp"
#include "nodes/webhook.hpp"
#include "store/postgres_store.hpp"
#include "store/sqlite_store.hpp"
#include "vision/face_analyzer.hpp"

#include <cstddef>

namespace rollcall::nodes {

/// Preconditions of all: the settings come from the loader, which holds types and ranges.
[[nodiscard]] front::front_settings front_settings_of(const config::settings& from);
[[nodiscard]] actors::node_settings actor_settings_of(const config::settings& from);
/// Without the keys. Errors: `invalid_config` (roles, an address without a port).
[[nodiscard]] core::result<actors::cluster_settings> cluster_settings_of(const config::settings& from);
/// What cameras may be given. Errors: `invalid_config`.
[[nodiscard]] core::result<wire::input_list> inputs_of(const config::settings& from);
/// `node`: its name.
[[nodiscard]] actors::ingest_settings ingest_settings_of(const config::settings& from, const std::string& node,
                                                         wire::input_list inputs);
[[nodiscard]] webhook_settings webhook_settings_of(const config::settings& from, const std::filesystem::path& data_dir);
[[nodiscard]] actors::snapshot_limits snapshot_limits_of(const config::settings& from);
[[nodiscard]] store::sqlite_settings sqlite_settings_of(const config::settings& from);
/// Without the URI, which may stand in a file. `data_dir` is where the key file is unless a setting says otherwise.
[[nodiscard]] store::postgres_settings postgres_settings_of(const config::settings& from,
                                                            const std::filesystem::path& data_dir);
[[nodiscard]] vision::analyzer_settings analyzer_settings_of(const config::settings& from);

/// Bytes that references may take: the setting, or half of `usable_bytes`; 0 where neither is known: no limit. The
/// other half is for networks, pictures, bodies and the second copy of codes that are being changed.
[[nodiscard]] std::uint64_t memory_budget_of(const config::settings& from, std::uint64_t usable_bytes) noexcept;

/// Threads that analyse pictures: the setting, or one for each core this process may use.
[[nodiscard]] std::size_t vision_workers_of(const config::settings& from);

/// The two halves of HOST:PORT, without an IPv6 host's brackets.
[[nodiscard]] front::endpoint endpoint_of(const std::string& host_and_port);

} // namespace rollcall::nodes
