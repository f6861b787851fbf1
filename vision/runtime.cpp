#include "vision/runtime.hpp"

#include "core/log.hpp"
#include "vision/onnx_runtime.hpp"
#include "vision/opencv_runtime.hpp"

#include <cstdlib>
#include <vector>

namespace rollcall::vision {

namespace {

/// Where the library may be, best first.
std::vector<std::filesystem::path> candidates(const std::filesystem::path& library_path) {
  if (!library_path.empty())
    return {library_path};
  const std::filesystem::path in_deps = "onnxruntime/libonnxruntime.so";
  std::vector<std::filesystem::path> all;
  if (const char* deps = std::getenv("ROLLCALL_DEPS"); deps != nullptr && *deps != '\0')
    all.push_back(deps / in_deps);
  all.push_back("build/deps" / in_deps);
  std::erase_if(all, [](const auto& file) { return !std::filesystem::exists(file); });
  all.emplace_back("libonnxruntime.so.1");
  return all;
}

core::result<std::unique_ptr<runtime>> first_onnx(const std::filesystem::path& library_path) {
  core::error last = core::fail(core::error_code::not_found, "no ONNX Runtime library");
  for (const auto& file : candidates(library_path)) {
    auto loaded = load_onnx_runtime(file);
    if (loaded)
      return loaded;
    last = std::move(loaded).failure();
  }
  return last;
}

} // namespace

core::result<runtime_choice> parse_runtime_choice(std::string_view text) {
  if (text == "auto")
    return runtime_choice::automatic;
  if (text == "onnx")
    return runtime_choice::onnx;
  if (text == "opencv")
    return runtime_choice::opencv;
  return core::fail(core::error_code::invalid_config, "the vision runtime is one of auto, onnx, opencv");
}

core::result<std::unique_ptr<runtime>> make_runtime(runtime_choice choice, const std::filesystem::path& library_path) {
  // OpenCV decodes and resizes under either runtime, always on the caller's thread.
  auto fallback = make_opencv_runtime();
  if (choice == runtime_choice::opencv)
    return fallback;
  auto preferred = first_onnx(library_path);
  if (preferred || choice == runtime_choice::onnx)
    return preferred;
  core::log(core::log_level::warning, "vision", "ONNX Runtime is not used; OpenCV takes three times as long",
            {{"reason", preferred.failure().message}, {"detail", preferred.failure().context}});
  return fallback;
}

} // namespace rollcall::vision
