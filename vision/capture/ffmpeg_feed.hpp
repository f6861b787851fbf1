/// Videos of all formats and network cameras, by FFmpeg. Inside vision/ only.
#pragma once

#include "vision/capture/frame_feed.hpp"
#include "vision/capture/source_uri.hpp"

namespace rollcall::vision {

/// Opens a file or a stream. A file may not name others: playlists and scripts are refused, and no other protocol than
/// `file` is spoken. Errors: those of `video_source::open`.
[[nodiscard]] core::result<std::unique_ptr<frame_feed>> open_ffmpeg(const source_uri& uri,
                                                                    const capture_limits& limits);

} // namespace rollcall::vision
