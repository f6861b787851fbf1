/// The pictures of a folder as frames. Inside vision/ only.
#pragma once

#include "vision/capture/frame_feed.hpp"

#include <filesystem>

namespace rollcall::vision {

/// The files of `folder` (not below it) whose names end in .jpg, .jpeg or .png, in any case, in the order of their
/// names; one frame a second. Errors: `not_found` when there is none, or the folder can't be read.
[[nodiscard]] core::result<std::unique_ptr<frame_feed>> open_folder(const std::filesystem::path& folder,
                                                                    const capture_limits& limits);

} // namespace rollcall::vision
