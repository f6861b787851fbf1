/// What the vision pipeline says about a picture: plain values, no OpenCV. Made by `face_analyzer`, carried by the
/// EMBEDDING actor's messages (without crops). Pixels refer to the upright picture (EXIF orientation applied), origin
/// top left.
#pragma once

#include "core/bytes.hpp"
#include "core/geometry.hpp"
#include "core/uuid.hpp"
#include "vision/image.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::vision {

/// A point in pixels.
struct point {
  float x = 0;
  float y = 0;
};

/// Half-open box in pixels: [left, left + width) × [top, top + height). May reach over the picture's edge.
struct pixel_box {
  float left = 0;
  float top = 0;
  float width = 0;
  float height = 0;

  [[nodiscard]] float area() const noexcept { return width * height; }
};

/// The 68 landmarks of the iBUG scheme (0–16 jaw, 17–26 brows, 27–35 nose, 36–47 eyes, 48–67 mouth), in pixels.
using landmarks = std::array<point, 68>;

/// Degrees. yaw > 0: the face looks to the right of the picture; pitch > 0: up; roll > 0: turned clockwise.
struct head_pose {
  float yaw = 0;
  float pitch = 0;
  float roll = 0;
};

/// A yes-or-no statement with its confidence in [50, 100].
struct verdict {
  bool value = false;
  float confidence = 50;
};

/// Rekognition's emotion types (never NEUTRAL).
enum class emotion : std::uint8_t { happy, sad, angry, confused, disgusted, surprised, calm, unknown, fear };

/// Only where the operator turned the attribute models on; each is absent otherwise.
struct face_attributes {
  std::optional<std::pair<int, int>> age_range; ///< years, low ≤ high
  std::optional<verdict> is_male;
  std::vector<std::pair<emotion, float>> emotions; ///< confidence 0–100, highest first; empty = not asked or off
};

/// Why a face is not good enough; Rekognition's reasons without those that depend on the other faces of a request.
enum class quality_reason : std::uint8_t {
  extreme_pose,
  low_brightness,
  low_sharpness,
  low_confidence,
  small_bounding_box,
  low_face_quality,
};

/// Rekognition's QualityFilter. `automatic` is AUTO.
enum class quality_filter : std::uint8_t { none, automatic, low, medium, high };

/// One face. Embedding: `dimension` float32, L2-normalised; empty when it was not asked for.
struct face {
  pixel_box box;
  core::ratio_box box_ratio; ///< `box` as ratios of the upright picture, not clamped
  float confidence = 0;      ///< of the detection, 0–100
  landmarks points{};
  head_pose pose;
  float brightness = 0;                ///< 0–100
  float sharpness = 0;                 ///< 0–100
  float quality = 0;                   ///< 0–100, `overall_quality`: which faces go first when some must
  std::vector<quality_reason> reasons; ///< against the face under `analyze_options::filter`; empty: it passes
  verdict eyes_open;
  verdict mouth_open;
  face_attributes attributes;
  std::vector<float> embedding;
  bgr8_image aligned; ///< what `face_analyzer::embed` takes; no pixels unless `analyze_options::keep_aligned`
};

/// Which faces get an embedding. `largest`: of those that pass the filter.
enum class embed_which : std::uint8_t { nobody, largest, everybody };

/// Time spent in each stage, microseconds, and the network runs within them.
struct stage_times {
  std::chrono::microseconds decode{0};
  std::chrono::microseconds detect{0};
  std::chrono::microseconds landmark{0};
  std::chrono::microseconds embed{0};
  std::chrono::microseconds attributes{0};
  std::chrono::microseconds networks{0}; ///< sum of all network runs
};

/// The faces of one picture. Order: largest box first, ties by left then top. At most the configured limit (100).
struct analysis {
  int width_px = 0; ///< of the upright picture
  int height_px = 0;
  core::image_id image; ///< named UUID of the encoded bytes: the same file has the same id; nil for a decoded frame
  std::vector<face> faces;
  std::string model_version; ///< of the manifest's embedding model, e.g. "1.0"
  stage_times times;
};

/// What is asked of a picture.
struct analyze_options {
  embed_which embed = embed_which::nobody;
  /// Embeddings are made only for faces that pass this filter (no cycles for faces that will be refused).
  quality_filter filter = quality_filter::none;
  bool want_attributes = false; ///< age, gender, expression, as far as they are turned on
  /// Each face that passes the filter carries its aligned crop, about 37 kB: to be embedded later, or never.
  bool keep_aligned = false;
  /// The picture is such a crop: nothing is looked for, its one face fills it. Only `embed` matters then.
  bool is_aligned = false;
};

} // namespace rollcall::vision
