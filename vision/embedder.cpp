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

core::status embedder::add(const cv::Mat& crop, std::vector<float>& sum) {
  const auto& input = spec_.network.input;
  if (crop.cols == input.width_px && crop.rows == input.height_px)
    sized_ = crop;
  else
    cv::resize(crop, sized_, {input.width_px, input.height_px});
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

core::status embedder::add_with_mirrored(const cv::Mat& crop, std::vector<float>& sum) {
  ROLLCALL_CHECK(add(crop, sum));
  cv::flip(crop, mirrored_, 1);
  return add(mirrored_, sum);
}

core::status embedder::add_shifted(const cv::Mat& aligned, std::vector<float>& sum) {
  constexpr int by_px = 2; // 1 does less, 4 does no more
  cv::copyMakeBorder(aligned, padded_, by_px, by_px, by_px, by_px, cv::BORDER_REPLICATE);
  for (const auto& corner : {cv::Point{0, by_px}, {2 * by_px, by_px}, {by_px, 0}, {by_px, 2 * by_px}}) {
    padded_(cv::Rect{corner, aligned.size()}).copyTo(shifted_);
    ROLLCALL_CHECK(add_with_mirrored(shifted_, sum));
  }
  return core::nothing{};
}

core::result<std::vector<float>> embedder::embed(const cv::Mat& aligned) {
  std::vector<float> sum(spec_.dimension, 0.0F);
  ROLLCALL_CHECK(crops_ == crop_set::one ? add(aligned, sum) : add_with_mirrored(aligned, sum));
  if (crops_ == crop_set::shifted)
    ROLLCALL_CHECK(add_shifted(aligned, sum));
  const float factor = unit_factor(sum);
  if (factor == 0)
    return core::fail(core::error_code::internal, "the embedding network returned no direction");
  for (float& each : sum)
    each *= factor;
  return sum;
}

} // namespace rollcall::vision
