#include "vision/track/association.hpp"

#include "vision/non_maximum.hpp"
#include "vision/track/assignment.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace rollcall::vision {

namespace {

// Measured: vision/README.md.
constexpr float doubtful_looks = 0.3F; ///< speak neither for a pair nor against it
constexpr float weight_of_looks = 2;   ///< boxes weigh 1
constexpr float same_looks = 0.7F;     ///< of two faces that are one person's, though the boxes are apart
constexpr float reach = 3;             ///< in heights of a face: how far a person is looked for
constexpr float most_growth = 1.6F;    ///< meanwhile

pixel_box grown(const pixel_box& box) noexcept {
  constexpr float by = 1.0F / 3;
  return {box.left - by * box.width, box.top - by * box.height, (1 + 2 * by) * box.width, (1 + 2 * by) * box.height};
}

bool is_near(const pixel_box& a, const pixel_box& b) noexcept {
  const float across = (a.left + a.width / 2) - (b.left + b.width / 2);
  const float down = (a.top + a.height / 2) - (b.top + b.height / 2);
  const auto [smaller, larger] = std::minmax(a.height, b.height);
  return across * across + down * down <= reach * reach * a.height * b.height && larger <= most_growth * smaller;
}

} // namespace

float likeness_of(const pixel_box& a, const pixel_box& b) noexcept {
  return overlap_of(grown(a), grown(b));
}

std::vector<sighting_pair> associate(std::span<const sighting> expected, std::span<const std::size_t> tracks,
                                     std::span<const sighting> seen, std::span<const std::size_t> faces, float least) {
  std::vector<double> costs;
  costs.reserve(tracks.size() * faces.size());
  for (const auto track : tracks)
    for (const auto face : faces) {
      const float boxes = likeness_of(expected[track].box, seen[face].box);
      if (boxes < least) {
        costs.push_back(0); // what may not be a pair is worth no more than none
        continue;
      }
      const float looks = expected[track].looks.likeness(seen[face].looks).value_or(doubtful_looks);
      costs.push_back(-(boxes + weight_of_looks * (looks - doubtful_looks)));
    }
  std::vector<sighting_pair> pairs;
  const auto face_of = assign(costs, tracks.size(), faces.size());
  for (std::size_t i = 0; i < tracks.size(); ++i)
    if (face_of[i] && costs[i * faces.size() + *face_of[i]] < 0)
      pairs.push_back({tracks[i], faces[*face_of[i]]});
  return pairs;
}

std::vector<sighting_pair> find_again(std::span<const sighting> expected, std::span<const std::size_t> tracks,
                                      std::span<const sighting> seen, std::span<const std::size_t> faces) {
  std::vector<std::pair<float, sighting_pair>> all;
  for (const auto track : tracks)
    for (const auto face : faces)
      if (is_near(expected[track].box, seen[face].box))
        if (const auto looks = expected[track].looks.likeness(seen[face].looks); looks && *looks >= same_looks)
          all.push_back({*looks, {track, face}});
  std::ranges::stable_sort(all, std::greater{}, [](const auto& one) { return one.first; });
  std::vector<sighting_pair> pairs;
  for (const auto& each : all) {
    const auto& one = each.second;
    if (std::ranges::none_of(pairs, [&](const auto& had) { return had.track == one.track || had.face == one.face; }))
      pairs.push_back(one);
  }
  return pairs;
}

} // namespace rollcall::vision
