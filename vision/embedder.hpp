/// Turns an aligned face into its embedding. Owned by one `face_analyzer`, used on its thread.
#pragma once

#include "core/result.hpp"
#include "vision/crop.hpp"
#include "vision/model_manifest.hpp"
#include "vision/runtime.hpp"

#include <memory>
#include <opencv2/core.hpp>
#include <vector>

namespace rollcall::vision {

class embedder {
public:
  embedder(embedder_spec spec, std::unique_ptr<network> runs, bool mirror)
      : spec_(std::move(spec)), network_(std::move(runs)), mirror_(mirror) {}

  /// The embedding of `aligned` (the crop of `align_face`): `dimension` float32, L2-normalised. With `mirror` the mean
  /// direction of the crop's and its mirror image's. Errors: `internal` when the network fails or its output has no
  /// direction (all zero or not finite).
  [[nodiscard]] core::result<std::vector<float>> embed(const cv::Mat& aligned);

private:
  core::status add(const cv::Mat& aligned, std::vector<float>& sum);

  embedder_spec spec_;
  std::unique_ptr<network> network_;
  bool mirror_;
  input_filler filler_;
  cv::Mat sized_;
  cv::Mat mirrored_;
};

} // namespace rollcall::vision
