/// What runs a network: ONNX Runtime (default) or OpenCV's DNN (fallback) behind one small interface. A `runtime` is
/// made once per process and makes the networks; every worker thread owns its networks.
#pragma once

#include "core/result.hpp"
#include "vision/model_manifest.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::vision {

/// One loaded network with its buffers. Owned and used by one thread at a time; different networks run in parallel.
class network {
public:
  virtual ~network() = default;

  /// The input's buffer, 1 × channels × height × width float32 as the `network_spec` says; fill it before `run`.
  /// Valid as long as the network; keeps its content across runs.
  [[nodiscard]] virtual std::span<float> input() noexcept = 0;

  /// Runs the network on what `input` holds. Blocking, on the calling thread only.
  /// Errors: `internal` with the runtime's own text as context; outputs are then undefined.
  [[nodiscard]] virtual core::status run() = 0;

  /// The output of the last run that the spec lists at `index`, row-major in the spec's shape. It was bound by its
  /// name: runtimes order outputs differently. Overwritten by the next run. Precondition: index < number of outputs
  /// (asserted).
  [[nodiscard]] virtual std::span<const float> output(std::size_t index) const noexcept = 0;
};

/// Makes networks. Safe from any thread; must outlive its networks.
class runtime {
public:
  virtual ~runtime() = default;

  /// For people and logs: "onnxruntime 1.20.1", "opencv 4.6.0".
  [[nodiscard]] virtual std::string name() const = 0;

  /// Loads `spec.file` and runs it once on zeros, so that a wrong name or shape in the manifest shows at start-up.
  /// Errors: `invalid_config` when the runtime can't load the file or its tensors are not as the spec says; the message
  /// names the file.
  [[nodiscard]] virtual core::result<std::unique_ptr<network>> make_network(const network_spec& spec) = 0;
};

/// Which runtime to use. `automatic`: ONNX Runtime where its library is found and of a known version, else OpenCV.
enum class runtime_choice { automatic, onnx, opencv };

/// "auto", "onnx" or "opencv". Errors: `invalid_config`.
[[nodiscard]] core::result<runtime_choice> parse_runtime_choice(std::string_view text);

/// The chosen runtime. ONNX Runtime's library is looked for at `library_path`; when that is empty, at
/// `$ROLLCALL_DEPS/onnxruntime/libonnxruntime.so`, then the same under `build/deps`, then as the system's
/// `libonnxruntime.so.1`. `automatic` logs why it falls back. Errors: `not_found` (no library, for `onnx`),
/// `unsupported` (unknown version, for `onnx`).
[[nodiscard]] core::result<std::unique_ptr<runtime>> make_runtime(runtime_choice choice,
                                                                  const std::filesystem::path& library_path);

} // namespace rollcall::vision
