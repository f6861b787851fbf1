/// Where a node finds what it does not make itself: model manifest, model files, ONNX Runtime. Used at start-up only.
#pragma once

#include "config/settings.hpp"
#include "core/result.hpp"

#include <filesystem>

namespace rollcall::nodes {

/// `onnxruntime` may be empty: then the runtime looks for the system's library.
struct resources {
  std::filesystem::path manifest;
  std::filesystem::path models_dir;
  std::filesystem::path onnxruntime;
};

/// What the settings name; for what they leave empty, the first that exists:
/// dependencies (`models/`, `onnxruntime/libonnxruntime.so`) under `$ROLLCALL_DEPS`, `build/deps` of the tree that the
/// program was built in, `share/rollcall` beside the program's `bin`, `/usr/share/rollcall`; the manifest in that
/// tree's `config/`, then `models.toml` in the same share directories.
/// Errors: `not_found`; the message says how to get the models.
[[nodiscard]] core::result<resources> find_resources(const config::settings& from);

} // namespace rollcall::nodes
