/// Places the 68 landmarks of a face. Third stage of the pipeline; owned by one `face_analyzer`, used on its thread.
#pragma once

#include "core/result.hpp"
#include "vision/analysis.hpp"
#include "vision/crop.hpp"
#include "vision/model_manifest.hpp"
#include "vision/runtime.hpp"

#include <memory>
#include <opencv2/core.hpp>

namespace rollcall::vision {

class landmarker {
public:
  landmarker(landmarker_spec spec, std::unique_ptr<network> runs) : spec_(std::move(spec)), network_(std::move(runs)) {}

  /// The landmarks of the face in `box` of `picture`, in its pixels; they may lie outside of it.
  /// Errors: `internal` when the network fails.
  [[nodiscard]] core::result<landmarks> place(halvings& picture, const pixel_box& box);

private:
  landmarker_spec spec_;
  std::unique_ptr<network> network_;
  input_filler filler_;
  cv::Mat crop_;
};

} // namespace rollcall::vision
