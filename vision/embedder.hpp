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
  embedder(embedder_spec spec, std::unique_ptr<network> runs, crop_set crops)
      : spec_(std::move(spec)), network_(std::move(runs)), crops_(crops) {}

  /// The embedding of `aligned` (the crop of `align_face`): `dimension` float32, L2-normalised. The mean direction
  /// of the crops that `crops` names. Errors: `internal` when the network fails or its output has no
  /// direction (all zero or not finite).
  [[nodiscard]] core::result<std::vector<float>> embed(const cv::Mat& aligned);

private:
  core::status add(const cv::Mat& crop, std::vector<float>& sum);
  core::status add_with_mirrored(const cv::Mat& crop, std::vector<float>& sum);
  core::status add_shifted(const cv::Mat& aligned, std::vector<float>& sum);

  embedder_spec spec_;
  std::unique_ptr<network> network_;
  crop_set crops_;
  input_filler filler_;
  cv::Mat sized_;
  cv::Mat mirrored_;
  cv::Mat padded_;
  cv::Mat shifted_;
};

} // namespace rollcall::vision
