/// The `runtime` over OpenCV's DNN module: slower than ONNX Runtime, but always there. Made by `make_runtime`.
#pragma once

#include "vision/runtime.hpp"

#include <memory>

namespace rollcall::vision {

/// Sets OpenCV's own thread pool to one thread (workers are ours) and returns the runtime.
[[nodiscard]] std::unique_ptr<runtime> make_opencv_runtime();

} // namespace rollcall::vision
