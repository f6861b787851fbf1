/// JPEG by libjpeg-turbo itself, which writes blue-green-red rows at once: OpenCV takes twice as long, half of it to
/// swap colours one byte at a time. Used by `decode` alone, behind the header's checks. Pure; any thread.
#pragma once

#include "core/bytes.hpp"

#include <opencv2/core.hpp>

namespace rollcall::vision {

/// The stored pixels (CV_8UC3, as they lie) of a grey, YCbCr, RGB, CMYK or YCCK file; empty for a damaged one. Data
/// that is wrong but complete gives a picture, as every viewer does. Nothing is printed.
[[nodiscard]] cv::Mat decode_jpeg(core::byte_view encoded);

} // namespace rollcall::vision
