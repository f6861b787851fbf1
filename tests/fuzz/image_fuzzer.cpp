// The path of a picture from the network's bytes on: header, decoding, and where the models are there, the whole
// pipeline. Reaches it: any JPEG or PNG. Corpus to start from: small JPEG and PNG files of every kind.

#include "vision/face_analyzer.hpp"
#include "vision/image_header.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace {

using namespace rollcall;

/// The pipeline over the fetched models; empty where they are absent.
struct pipeline {
  std::unique_ptr<vision::runtime> runtime;
  std::unique_ptr<vision::face_analyzer> analyzer;
};

vision::decode_limits small_limits() {
  vision::decode_limits limits;
  limits.max_pixels = 1'000'000; // keeps a run short
  limits.min_side_px = 8;
  return limits;
}

pipeline make_pipeline() {
  pipeline made;
  const char* from_environment = std::getenv("ROLLCALL_DEPS");
  const std::filesystem::path deps = from_environment != nullptr ? from_environment : "build/deps";
  auto manifest = vision::load("config/models.toml", deps / "models");
  auto runtime = vision::make_runtime(vision::runtime_choice::automatic, {});
  if (!manifest || !runtime)
    return made;
  made.runtime = *std::move(runtime);
  vision::analyzer_settings settings;
  settings.decode = small_limits();
  auto analyzer = vision::face_analyzer::make(std::make_shared<const vision::model_manifest>(*std::move(manifest)),
                                              *made.runtime, settings);
  if (analyzer)
    made.analyzer = *std::move(analyzer);
  return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const pipeline shared = make_pipeline();
  const core::byte_view encoded{data, size};
  (void)vision::exif_orientation(encoded);
  const auto header = vision::read_header(encoded);
  const auto image = vision::decode(encoded, small_limits());
  if (image && !header)
    std::abort(); // nothing is decoded without a header
  if (image && static_cast<std::size_t>(image->width_px) * image->height_px > small_limits().max_pixels)
    std::abort();
  if (shared.analyzer && image) {
    const auto seen = shared.analyzer->analyze(encoded, {vision::embed_which::everybody, {}, false});
    if (!seen && seen.failure().code == core::error_code::internal)
      std::abort();
  }
  return 0;
}
