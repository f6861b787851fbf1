/// The vision pipeline: picture in, encoded or a frame of a video, faces out. One per worker thread, which owns it
/// together with its networks; holds no locks and shares nothing that changes.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "vision/analysis.hpp"
#include "vision/image.hpp"
#include "vision/model_manifest.hpp"
#include "vision/runtime.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace rollcall::vision {

/// How pictures are analysed; from the operator's configuration.
struct analyzer_settings {
  decode_limits decode;
  /// Every face is found whose longer side is at least this many pixels of a picture of up to 1920×1080; the bar rises
  /// in proportion for larger ones. Smaller faces are found where the picture shows signs of them. Lower values cost
  /// time: halving it takes up to four times the detector runs. In [10, 200].
  float min_face_px = 40;
  std::size_t max_faces = 100;         ///< the largest are kept; in [1, 100]
  std::optional<float> min_confidence; ///< 0–100, of a detection; empty = the manifest's
  std::optional<crop_set> crops;       ///< of a face, to embed; empty = the manifest's
  bool age = false;
  bool gender = false;
  bool expression = false;
};

class face_analyzer {
public:
  /// Loads the networks, about 50 ms. `runtime` must outlive the analyzer.
  /// Errors: `invalid_config` when a network can't be loaded, a setting is out of range, or an attribute is on that the
  /// manifest has no model for.
  [[nodiscard]] static core::result<std::unique_ptr<face_analyzer>> make(std::shared_ptr<const model_manifest> manifest,
                                                                         runtime& with, analyzer_settings settings);

  ~face_analyzer();
  face_analyzer(const face_analyzer&) = delete;
  face_analyzer& operator=(const face_analyzer&) = delete;

  /// The faces of a JPEG or PNG picture: decode, detect, landmarks, pose, quality; then embeddings and attributes as
  /// `options` asks. A picture without a face is a success with no faces.
  /// Errors: those of `decode`; `internal` when a network fails. The analyzer stays usable after each.
  /// Blocking, processor-bound, on the calling thread; not safe from two threads at once.
  [[nodiscard]] core::result<analysis> analyze(core::byte_view encoded, const analyze_options& options);

  /// The same of a decoded picture, of any size: in one of a few pixels there is no face. The answer names no image.
  /// Errors: `invalid_argument` for a picture without pixels; `internal` when a network fails.
  [[nodiscard]] core::result<analysis> analyze(const bgr8_image& frame, const analyze_options& options);

  /// The embedding of a face whose crop was kept (`face::aligned`, 112 × 112): bit for bit what `analyze` gives for it.
  /// Errors: `invalid_argument` for a picture of another size; `internal` when the network fails.
  [[nodiscard]] core::result<std::vector<float>> embed(const bgr8_image& aligned);

private:
  struct stages;
  explicit face_analyzer(std::unique_ptr<stages> with);

  std::unique_ptr<stages> stages_;
};

} // namespace rollcall::vision
