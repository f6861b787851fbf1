#include "vision/track/association.hpp"

#include "vision/non_maximum.hpp"
#include "vision/track/assignment.hpp"

namespace rollcall::vision {

namespace {

pixel_box grown(const pixel_box& box) noexcept {
  constexpr float by = 1.0F / 3;
  return {box.left - by * box.width, box.top - by * box.height, (1 + 2 * by) * box.width, (1 + 2 * by) * box.height};
}

} // namespace

float likeness_of(const pixel_box& a, const pixel_box& b) noexcept {
  return overlap_of(grown(a), grown(b));
}

std::vector<box_pair> associate(std::span<const pixel_box> expected, std::span<const std::size_t> tracks,
                                std::span<const pixel_box> seen, std::span<const std::size_t> faces, float least) {
  std::vector<double> costs;
  costs.reserve(tracks.size() * faces.size());
  for (const auto track : tracks)
    for (const auto face : faces) {
      const float likeness = likeness_of(expected[track], seen[face]);
      costs.push_back(likeness >= least ? -likeness : 0); // what may not be a pair is worth no more than none
    }
  std::vector<box_pair> pairs;
  const auto face_of = assign(costs, tracks.size(), faces.size());
  for (std::size_t i = 0; i < tracks.size(); ++i)
    if (face_of[i] && costs[i * faces.size() + *face_of[i]] < 0)
      pairs.push_back({tracks[i], faces[*face_of[i]]});
  return pairs;
}

} // namespace rollcall::vision
