/// The course of a stream processor, the same in every implementation of the store: which step may follow which, and
/// what it changes. Pure functions. Contracts: store/store.hpp.
#pragma once

#include "store/records.hpp"

#include "core/result.hpp"

namespace rollcall::store {

inline constexpr std::size_t most_processors = 10'000;

[[nodiscard]] core::error no_processor(std::string_view name);
[[nodiscard]] core::error processor_exists(std::string_view name);
[[nodiscard]] core::error too_many_processors();

[[nodiscard]] constexpr bool is_under_way(processor_status status) noexcept {
  return status != processor_status::stopped && status != processor_status::failed;
}

[[nodiscard]] core::status start(stream_processor& of, core::wall_time at);
[[nodiscard]] core::status stop(stream_processor& of, core::wall_time at);
[[nodiscard]] core::status change_details(stream_processor& of, std::string_view seen, std::string_view details,
                                          core::wall_time at);
/// `now`: by the store's clock.
[[nodiscard]] core::status claim(stream_processor& of, std::string_view node, core::wall_time now,
                                 std::chrono::milliseconds span);
[[nodiscard]] core::status report(stream_processor& of, processor_status status, std::string_view message,
                                  core::wall_time at);
/// Errors: `conflict` (neither `stopped` nor `failed`).
[[nodiscard]] core::status check_at_rest(const stream_processor& of);
/// Errors: `conflict` (another claim came, or the run has ended).
[[nodiscard]] core::status check_claim(const stream_processor& of, std::uint64_t epoch);

} // namespace rollcall::store
