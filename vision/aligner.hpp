/// Turns a face upright onto the template that the embedding network was trained on. Pure functions; any thread.
#pragma once

#include "vision/analysis.hpp"
#include "vision/crop.hpp"
#include "vision/halvings.hpp"

#include <array>
#include <opencv2/core.hpp>

namespace rollcall::vision {

/// Eye centres, nose tip, mouth corners; left is the picture's left.
using five_points = std::array<point, 5>;

/// Side of the square crop that the template stands in, pixels.
inline constexpr int template_side_px = 112;

/// Where the five points lie in the crop. Source: InsightFace `face_align.py` (MIT), `arcface_dst`.
inline constexpr five_points face_template{
    {{38.2946F, 51.6963F}, {73.5318F, 51.5014F}, {56.0252F, 71.7366F}, {41.5493F, 92.3655F}, {70.7299F, 92.2041F}}};

/// The five points of the 68.
[[nodiscard]] five_points five_of(const landmarks& all) noexcept;

/// The rotation, scale and shift that take `from` nearest to `to` in the least squares. The identity's scale with a
/// shift when all of `from` are one point. Source: Umeyama, "Least-squares estimation of transformation parameters
/// between two point patterns", PAMI 1991 (in two dimensions, without reflection, solved in closed form).
[[nodiscard]] similarity_transform fit_similarity(const five_points& from, const five_points& to) noexcept;

/// The crop of template_side_px × template_side_px (CV_8UC3) of the picture in which the five points of `all` lie
/// nearest to the template; black outside the picture.
void align_face(halvings& picture, const landmarks& all, cv::Mat& into);

} // namespace rollcall::vision
