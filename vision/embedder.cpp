#include "vision/embedder.hpp"

#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <span>

namespace rollcall::vision {

namespace {

/// The factor that gives `vector` length 1; empty-handed (0) when it has no direction.
float unit_factor(std::span<const float> vector) {
  double square = 0;
  for (const float each : vector)
    square += static_cast<double>(each) * each;
  return std::isfinite(square) && square > 0 ? static_cast<float>(1 / std::sqrt(square)) : 0;
}

} // namespace

core::status embedder::add(const cv::Mat& aligned, std::vector<float>& sum) {
  const auto& input = spec_.network.input;
  if (aligned.cols == input.width_px && aligned.rows == input.height_px)
    sized_ = aligned;
  else
    cv::resize(aligned, sized_, {input.width_px, input.height_px});
  filler_.fill(sized_, input, network_->input());
  ROLLCALL_CHECK(network_->run());
  const auto raw = network_->output(0);
  const float factor = unit_factor(raw);
  if (factor == 0)
    return core::fail(core::error_code::internal, "the embedding network returned no direction");
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] += factor * raw[i];
  return core::nothing{};
}

core::result<std::vector<float>> embedder::embed(const cv::Mat& aligned) {
  std::vector<float> sum(spec_.dimension, 0.0F);
  ROLLCALL_CHECK(add(aligned, sum));
  if (mirror_) {
    cv::flip(aligned, mirrored_, 1);
    ROLLCALL_CHECK(add(mirrored_, sum));
  }
  const float factor = unit_factor(sum);
  if (factor == 0)
    return core::fail(core::error_code::internal, "the embedding network returned no direction");
  for (float& each : sum)
    each *= factor;
  return sum;
}

} // namespace rollcall::vision
