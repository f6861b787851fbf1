#include "vision/attributes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rollcall::vision {

namespace {

/// Side of the square that an attribute network sees, over the longer side of the box.
constexpr float crop_ratio = 1.2F;
constexpr float oldest_years = 101;
/// The network's error on faces of known age is about this many years, more for the old.
constexpr float age_spread_years = 6;
constexpr float age_spread_ratio = 0.1F;

/// The expression network's classes, in its order (that of RAF-DB; its package does not say, photographs do).
constexpr std::array expression_classes{emotion::surprised, emotion::fear,  emotion::disgusted, emotion::happy,
                                        emotion::sad,       emotion::angry, emotion::calm};

std::pair<int, int> range_around(float years) {
  const float spread = age_spread_years + age_spread_ratio * years;
  return {static_cast<int>(std::lround(std::max(0.0F, years - spread))),
          static_cast<int>(std::lround(std::max(2.0F, years + spread)))};
}

/// Confidences in percent of the softmax of `logits`, highest first.
std::vector<std::pair<emotion, float>> ranked(std::span<const float> logits) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  std::vector<std::pair<emotion, float>> emotions;
  float sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    emotions.emplace_back(expression_classes[i], std::exp(logits[i] - highest));
    sum += emotions.back().second;
  }
  for (auto& each : emotions)
    each.second *= 100 / sum;
  std::stable_sort(emotions.begin(), emotions.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return emotions;
}

} // namespace

float stagewise_value(std::span<const std::span<const float>, 9> outputs) noexcept {
  constexpr std::size_t stages = 3;
  float value = 0;
  float width = 1; // of one bin of the stage
  for (std::size_t stage = 0; stage < stages; ++stage) {
    const auto probabilities = outputs[stage];
    const auto shifts = outputs[2 * stages + stage];
    width /= static_cast<float>(probabilities.size()) * (1 + outputs[stages + stage][0]);
    for (std::size_t bin = 0; bin < probabilities.size(); ++bin)
      value += (static_cast<float>(bin) + shifts[bin]) * probabilities[bin] * width;
  }
  return value;
}

attribute_reader::attribute_reader(std::optional<attribute_network> age, std::optional<attribute_network> gender,
                                   std::optional<attribute_network> expression)
    : age_(std::move(age)), gender_(std::move(gender)), expression_(std::move(expression)) {}

core::result<face_attributes> attribute_reader::read(halvings& picture, const pixel_box& box) {
  face_attributes read;
  if (age_) {
    ROLLCALL_TRY(const auto value, regress(picture, box, *age_));
    read.age_range = range_around(oldest_years * value);
  }
  if (gender_) {
    ROLLCALL_TRY(const auto value, regress(picture, box, *gender_));
    const float sure = std::min(1.0F, std::abs(value - 0.5F) * 2);
    read.is_male = verdict{value > 0.5F, 50 + 50 * sure};
  }
  if (expression_) {
    ROLLCALL_CHECK(look(picture, box, *expression_));
    read.emotions = ranked(expression_->runs->output(0));
  }
  return read;
}

core::status attribute_reader::look(halvings& picture, const pixel_box& box, attribute_network& with) {
  const auto& input = with.spec.input;
  const double side = crop_ratio * std::max(1.0F, std::max(box.width, box.height));
  const double left = box.left + (box.width - side) / 2;
  const double top = box.top + (box.height - side) / 2;
  const double scale = input.width_px / side;
  crop(picture, {scale, 0, scale * (0.5 - left) - 0.5, scale * (0.5 - top) - 0.5}, input.width_px, input.height_px,
       cv::BORDER_REPLICATE, crop_);
  filler_.fill(crop_, input, with.runs->input());
  return with.runs->run();
}

core::result<float> attribute_reader::regress(halvings& picture, const pixel_box& box, attribute_network& with) {
  ROLLCALL_CHECK(look(picture, box, with));
  std::array<std::span<const float>, 9> outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    outputs[i] = with.runs->output(i);
  const float value = stagewise_value(outputs);
  if (!std::isfinite(value))
    return core::fail(core::error_code::internal, "an attribute network returned no number");
  return std::clamp(value, 0.0F, 1.0F);
}

} // namespace rollcall::vision
