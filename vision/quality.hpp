/// The quality verdict over one face: which of Rekognition's reasons speak against it. Pure; any thread. Used by
/// `face_analyzer` (no cycles for faces that will be refused) and by the operations that take a QualityFilter.
#pragma once

#include "vision/analysis.hpp"

#include <vector>

namespace rollcall::vision {

/// The bars of one filter. A face on the bar passes.
struct quality_bars {
  float max_yaw;        ///< degrees either way
  float max_pitch_up;   ///< degrees
  float max_pitch_down; ///< degrees
  float min_brightness; ///< 0–100
  float min_sharpness;  ///< 0–100
  float min_confidence; ///< 0–100
  float min_side_px;    ///< shorter side of the box
  float min_overall;    ///< 0–100, of `overall_quality`
};

/// The bars of `filter`. Precondition: filter is not `none` (asserted).
[[nodiscard]] const quality_bars& bars_of(quality_filter filter) noexcept;

/// One figure for how good a face is to recognise, 0–100: product of how far pose, size, sharpness, brightness and
/// confidence are from ideal. Orders the faces of a picture when some must go ("lowest quality first").
[[nodiscard]] float overall_quality(const face& of) noexcept;

/// The reasons against `of` under `filter`, in the order of the enum; empty when it passes. Always empty for `none`.
[[nodiscard]] std::vector<quality_reason> quality_reasons(const face& of, quality_filter filter);

} // namespace rollcall::vision
