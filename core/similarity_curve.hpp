/// The calibration from cosine similarity to Rekognition's 0–100 scale: monotone, piecewise linear through knots that
/// the model's manifest lists. Value type, pure; any thread.
#pragma once

#include "core/result.hpp"

#include <vector>

namespace rollcall::core {

class similarity_curve {
public:
  /// One point of the curve. cosine in [-1, 1], similarity in [0, 100].
  struct knot {
    float cosine;
    float similarity;
  };

  /// Through `knots`, both coordinates strictly ascending, from similarity 0 to similarity 100.
  /// Errors: `invalid_config` when there are fewer than two knots or they do not ascend or do not span 0–100.
  [[nodiscard]] static result<similarity_curve> make(std::vector<knot> knots);

  /// Similarity in [0, 100] of a cosine; monotone; constant outside the knots.
  [[nodiscard]] float similarity(float cosine) const noexcept;

  /// A cosine c such that `similarity(x) >= s` implies x ≥ c: what a search may cut at. -2 (below every cosine) for s ≤
  /// 0.
  [[nodiscard]] float lowest_cosine(float similarity) const noexcept;

private:
  explicit similarity_curve(std::vector<knot> knots) : knots_(std::move(knots)) {}
  std::vector<knot> knots_;
};

} // namespace rollcall::core
