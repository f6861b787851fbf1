/// A camera of this machine. Inside vision/ only.
#pragma once

#include "vision/capture/frame_feed.hpp"

#include <string>

namespace rollcall::vision {

/// The camera at `device`, "/dev/videoN", in the mode that it is in, by OpenCV's Video4Linux capture. No test has seen
/// a real one. Waits up to 10 s for a frame, whatever the limits say.
/// Errors: `not_found` where there is no such device; `unavailable` when it can't be opened.
[[nodiscard]] core::result<std::unique_ptr<frame_feed>> open_device(const std::string& device,
                                                                    const capture_limits& limits);

} // namespace rollcall::vision
