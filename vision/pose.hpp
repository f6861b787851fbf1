/// What the 68 landmarks alone say: where the head is turned, whether eyes and mouth are open. Pure, a microsecond
/// each; any thread.
#pragma once

#include "vision/analysis.hpp"

namespace rollcall::vision {

/// The head's pose: the rotation of a rigid mean face whose weak-perspective image fits the landmarks best.
/// All zero when the landmarks have no extent. Source: DeMenthon and Davis, "Model-based object pose in 25 lines of
/// code", IJCV 1995 (its first step); mean face in `mean_face.hpp`.
[[nodiscard]] head_pose pose_of(const landmarks& all) noexcept;

/// Whether the eyes are open, from the ratio of their height to their width (mean of both).
/// Source: Soukupová and Čech, "Real-time eye blink detection using facial landmarks", CVWW 2016.
[[nodiscard]] verdict eyes_open_of(const landmarks& all) noexcept;

/// Whether the mouth is open, from the ratio of the inner lips' distance to their width.
[[nodiscard]] verdict mouth_open_of(const landmarks& all) noexcept;

} // namespace rollcall::vision
