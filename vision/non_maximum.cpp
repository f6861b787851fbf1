#include "vision/non_maximum.hpp"

#include <algorithm>
#include <tuple>

namespace rollcall::vision {

namespace {

float intersection_of(const pixel_box& a, const pixel_box& b) noexcept {
  const float width = std::min(a.left + a.width, b.left + b.width) - std::max(a.left, b.left);
  const float height = std::min(a.top + a.height, b.top + b.height) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

} // namespace

float overlap_of(const pixel_box& a, const pixel_box& b) noexcept {
  const float both = intersection_of(a, b);
  return both > 0 ? both / (a.area() + b.area() - both) : 0;
}

float containment_of(const pixel_box& a, const pixel_box& b) noexcept {
  const float both = intersection_of(a, b);
  return both > 0 ? both / std::min(a.area(), b.area()) : 0;
}

std::vector<detection> suppress(std::vector<detection> candidates, float max_overlap, float max_containment) {
  std::sort(candidates.begin(), candidates.end(), [](const detection& a, const detection& b) {
    return std::tuple{-a.score, a.box.left, a.box.top} < std::tuple{-b.score, b.box.left, b.box.top};
  });
  std::vector<detection> kept;
  for (const auto& candidate : candidates) {
    const bool is_known = std::any_of(kept.begin(), kept.end(), [&](const detection& stronger) {
      return overlap_of(stronger.box, candidate.box) > max_overlap
             || containment_of(stronger.box, candidate.box) > max_containment;
    });
    if (!is_known)
      kept.push_back(candidate);
  }
  return kept;
}

} // namespace rollcall::vision
