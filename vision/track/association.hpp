/// Which face of a frame belongs to which track. Used by the tracker alone. Pure; any thread.
#pragma once

#include "vision/analysis.hpp"
#include "vision/track/face_looks.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace rollcall::vision {

/// Boxes overlap by this much, in [0, 1]; both are first grown by a third on each side, so that a small face that has
/// moved by its own width since the last frame is not a stranger.
/// Source: Yang et al., "Hard To Track Objects With Irregular Motions and Similar Appearances? Make It Easier by
/// Buffering the Matching Space", WACV 2023.
[[nodiscard]] float likeness_of(const pixel_box& a, const pixel_box& b) noexcept;

/// Where a face is, or should be, and how it looks, where that is known.
struct sighting {
  pixel_box box;
  face_looks looks;
};

struct sighting_pair {
  std::size_t track = 0;
  std::size_t face = 0;
};

/// The pairs of `tracks` (indices into `expected`) and `faces` (indices into `seen`) whose boxes and looks are most
/// alike in all. Left out are those whose boxes are less alike than `least`, or whose looks speak more against them
/// than the boxes do for them. In the order of `tracks`.
[[nodiscard]] std::vector<sighting_pair> associate(std::span<const sighting> expected,
                                                   std::span<const std::size_t> tracks, std::span<const sighting> seen,
                                                   std::span<const std::size_t> faces, float least);

/// Of those that are left: the pairs who look like one person and are not far from one another, the most alike first.
/// Who was hidden for a while does not come out where the track's motion says.
[[nodiscard]] std::vector<sighting_pair> find_again(std::span<const sighting> expected,
                                                    std::span<const std::size_t> tracks, std::span<const sighting> seen,
                                                    std::span<const std::size_t> faces);

} // namespace rollcall::vision
