/// Finds faces: the detection network over a pyramid of tiles, one non-maximum suppression over all scales. Second
/// stage of the pipeline. Owned by one `face_analyzer`, used on its thread.
#pragma once

#include "core/result.hpp"
#include "vision/crop.hpp"
#include "vision/halvings.hpp"
#include "vision/model_manifest.hpp"
#include "vision/non_maximum.hpp"
#include "vision/runtime.hpp"
#include "vision/tile_pyramid.hpp"

#include <memory>
#include <opencv2/core.hpp>
#include <vector>

namespace rollcall::vision {

class detector {
public:
  /// `runs` is the network of `spec`. min_score in (0, 1]; min_face_px as in `analyzer_settings`.
  detector(detector_spec spec, std::unique_ptr<network> runs, float min_score, float min_face_px);

  /// The faces of `picture`, strongest first, boxes in its pixels. Faces cut by the picture's edge are kept,
  /// with boxes that may reach over it; those cut by an inner tile border are left to the neighbour or the coarser
  /// level. Errors: `internal` when the network fails. Cost: one run for pictures up to 1066×800 pixels (of 4:3), 5 for
  /// 1920×1080, plus runs where small faces show.
  [[nodiscard]] core::result<std::vector<detection>> detect(halvings& picture);

private:
  struct view;
  core::status look(const view& at);
  core::status look_at_level(halvings& picture, const pyramid_level& level);
  core::status look_from_afar(halvings& picture);
  void collect(const view& at);
  float show_level(halvings& picture, float scale);
  void show(const view& at);
  [[nodiscard]] bool has_hint(const view& at) const;

  detector_spec spec_;
  std::unique_ptr<network> network_;
  float min_score_;
  pyramid_goal goal_;
  input_filler filler_;
  cv::Mat level_picture_;
  cv::Mat canvas_;
  std::vector<detection> found_;
  std::vector<point> hints_;      ///< centres of small candidates of the level before, picture pixels
  std::vector<point> next_hints_; ///< of the level in work
};

} // namespace rollcall::vision
