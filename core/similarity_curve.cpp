#include "core/similarity_curve.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace rollcall::core {

namespace {

float between(float x, float x0, float x1, float y0, float y1) noexcept {
  return y0 + (x - x0) * (y1 - y0) / (x1 - x0);
}

// The curve's inverse rounds; a search that cuts a little lower loses nothing, since the front filters again.
constexpr float inverse_margin = 1e-5F;
constexpr float below_every_cosine = -2.0F;

} // namespace

result<similarity_curve> similarity_curve::make(std::vector<knot> knots) {
  const auto is_ascending = [](const knot& a, const knot& b) {
    return a.cosine < b.cosine && a.similarity < b.similarity;
  };
  const bool is_valid = knots.size() >= 2 && knots.front().similarity == 0 && knots.back().similarity == 100
                        && std::ranges::adjacent_find(knots, std::not_fn(is_ascending)) == knots.end();
  if (!is_valid)
    return fail(error_code::invalid_config,
                "a similarity curve needs at least two knots that ascend in both coordinates from similarity 0 to 100");
  return similarity_curve{std::move(knots)};
}

float similarity_curve::similarity(float cosine) const noexcept {
  const auto above = std::ranges::upper_bound(knots_, cosine, {}, &knot::cosine);
  if (above == knots_.begin())
    return 0;
  if (above == knots_.end())
    return 100;
  const auto& low = *(above - 1);
  return std::clamp(between(cosine, low.cosine, above->cosine, low.similarity, above->similarity), 0.0F, 100.0F);
}

float similarity_curve::lowest_cosine(float similarity) const noexcept {
  if (similarity <= 0)
    return below_every_cosine;
  const auto above = std::ranges::lower_bound(knots_, similarity, {}, &knot::similarity);
  if (above == knots_.end())
    return knots_.back().cosine;
  if (above == knots_.begin())
    return below_every_cosine;
  const auto& low = *(above - 1);
  return between(similarity, low.similarity, above->similarity, low.cosine, above->cosine) - inverse_margin;
}

} // namespace rollcall::core
