/// PNG by libpng itself: OpenCV leaves libpng's error handler as it is, and that prints to stderr. Used by `decode`
/// alone, behind the header's checks. Pure; any thread.
#pragma once

#include "core/bytes.hpp"

#include <opencv2/core.hpp>

namespace rollcall::vision {

/// The stored pixels (CV_8UC3, blue-green-red, as they lie): 16 bits cut to 8, alpha dropped, no colour management, as
/// OpenCV does. Empty for a damaged file. Nothing is printed.
[[nodiscard]] cv::Mat decode_png(core::byte_view encoded);

} // namespace rollcall::vision
