/// The `runtime` over ONNX Runtime's shared library, loaded when it is asked for. Made by `make_runtime`.
#pragma once

#include "vision/runtime.hpp"

#include <filesystem>
#include <memory>

namespace rollcall::vision {

/// Loads the library at `library` (a path, or a bare name for the system's search).
/// Errors: `not_found` when there is no such library, `unsupported` when its version is not 1.16 or a later 1.x.
/// The library stays loaded until the process ends.
[[nodiscard]] core::result<std::unique_ptr<runtime>> load_onnx_runtime(const std::filesystem::path& library);

} // namespace rollcall::vision
