/// The course of a video job, the same in every implementation of the store. Pure functions. Contracts:
/// store/videos.hpp.
#pragma once

#include "store/videos.hpp"

namespace rollcall::store {

[[nodiscard]] core::error no_video(std::string_view id);
[[nodiscard]] core::error video_exists(std::string_view id);
[[nodiscard]] core::error too_many_videos();

/// `now`: by the store's clock.
[[nodiscard]] core::status claim(video_job& of, std::string_view node, core::wall_time now,
                                 std::chrono::milliseconds span);
/// Errors: `conflict` (another claim came, or the job is over).
[[nodiscard]] core::status check_claim(const video_job& of, const video_claim& by);
/// Whether the step is still to be stored. Errors: `conflict` (one is missing).
[[nodiscard]] core::result<bool> is_due(const video_job& of, const video_progress& what);
void finish(video_job& of, video_status how, std::string_view message, core::wall_time at);

} // namespace rollcall::store
