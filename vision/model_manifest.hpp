/// The model manifest (`config/models.toml`): which networks the pipeline runs and everything that depends on them, so
/// that an operator can put another network in without touching code. Loaded once at start-up; immutable and shared by
/// all analyzers after that.
#pragma once

#include "core/result.hpp"
#include "core/similarity_curve.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::vision {

/// Order of the planes that a network expects.
enum class channel_order : std::uint8_t { bgr, rgb, grey };

/// The picture a network takes: 1 × channels × height_px × width_px float32, planes in `order`;
/// value = (pixel - mean[channel]) × scale[channel], channel counted in `order`.
struct input_layout {
  std::string name;
  int width_px = 0;
  int height_px = 0;
  channel_order order = channel_order::bgr;
  std::array<float, 3> mean{};
  std::array<float, 3> scale{1, 1, 1};

  [[nodiscard]] std::size_t channels() const noexcept { return order == channel_order::grey ? 1 : 3; }
  [[nodiscard]] std::size_t plane() const noexcept { return static_cast<std::size_t>(width_px) * height_px; }
};

/// One output tensor, float32.
struct output_layout {
  std::string name;
  std::vector<std::int64_t> shape;

  [[nodiscard]] std::size_t size() const noexcept;
};

/// One network file, verified.
struct network_spec {
  std::filesystem::path file; ///< in the models directory
  std::string sha256;         ///< lower-case hexadecimal; the file had it when the manifest was loaded
  std::string licence;
  std::string source;
  input_layout input;
  std::vector<output_layout> outputs; ///< in the order that the code for the network's kind expects
};

/// Anchor-free view of a face detector whose outputs are boxes (1 × n × 4 corner ratios) and scores (1 × n × 2).
struct detector_spec {
  network_spec network;
  float min_score = 0.5F;   ///< in [0, 1]: what counts as a face
  float hint_score = 0.2F;  ///< in [0, 1]: what makes the pyramid look closer
  float min_side_px = 10;   ///< smallest face that the network finds reliably, in its input's pixels
  float max_overlap = 0.4F; ///< intersection over union above which the weaker of two boxes goes
};

/// 68 landmarks as ratios of a square crop.
struct landmarker_spec {
  network_spec network;
  float crop_ratio = 1;      ///< side of the crop over the longer side of the box
  float shift_ratio = 0.05F; ///< downward shift of the crop over the height of the box
};

/// Which crops of a face are embedded; the embedding is the mean direction of theirs. `mirrored`: the aligned crop and
/// its mirror image. `shifted`: both of these, and both shifted by two pixels each way: 10 embeddings.
enum class crop_set : std::uint8_t { one, mirrored, shifted };

/// The set of that name; nothing for another name.
[[nodiscard]] std::optional<crop_set> parse_crop_set(std::string_view name) noexcept;

/// The embedding network. Its identity is `version`: vectors of different versions are never compared.
struct embedder_spec {
  network_spec network;
  std::size_t dimension = 0;
  std::string version; ///< what Rekognition calls FaceModelVersion, `[0-9.]+`
  crop_set crops = crop_set::one;
};

/// Attribute networks; each is absent when the manifest has none.
struct attribute_specs {
  std::optional<network_spec> age;
  std::optional<network_spec> gender;
  std::optional<network_spec> expression;
};

/// The whole manifest.
struct model_manifest {
  detector_spec detector;
  landmarker_spec landmarker;
  embedder_spec embedder;
  attribute_specs attributes;
  core::similarity_curve similarity; ///< of the embedder's cosines
};

/// Reads `manifest_file` and verifies the SHA-256 of every file it names, found in `models_dir`.
/// Errors: `not_found` when the manifest or a model file is missing, `corrupt` when a model file has another hash (both
/// messages name the file and say to run `./dev setup`), `invalid_config` when the manifest is not TOML or a key is
/// missing or out of range (the message names the key). Blocking: hashes about 35 MB.
[[nodiscard]] core::result<model_manifest> load(const std::filesystem::path& manifest_file,
                                                const std::filesystem::path& models_dir);

} // namespace rollcall::vision
