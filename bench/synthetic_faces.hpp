/// Embeddings that are distributed as the default model's are, of nobody. Deterministic by seed; one thread each.
///
/// In coordinates of the 170 principal axes of the embeddings of Labeled Faces in the Wild, of which only the variances
/// are kept here: identity = √f × family + √(1 - f) × own, both Gaussian with the variances between persons; photograph
/// = identity + √q × Gaussian with the variances within a person, log q normal, then normalised. Families make the tail
/// of look-alikes that independent persons would lack. tests/unit/bench holds the quantiles against those of
/// photographs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace rollcall::bench {

class synthetic_faces {
public:
  static constexpr std::size_t dimension = 512;

  explicit synthetic_faces(std::uint64_t seed);

  /// Another person, in principal coordinates.
  [[nodiscard]] std::vector<float> identity();

  /// Writes an embedding of a photograph of that person: `dimension` float32, L2-normalised.
  void photograph(std::span<const float> of, std::span<float> into);

private:
  [[nodiscard]] float normal() { return normal_(random_); }

  std::mt19937_64 random_;
  std::normal_distribution<float> normal_;
  std::vector<float> between_;               ///< standard deviations by axis
  std::vector<float> within_;                ///< likewise
  std::vector<float> axes_;                  ///< axes × dimension, row-major, orthonormal; the same for every seed
  std::vector<std::vector<float>> families_; ///< in principal coordinates
};

} // namespace rollcall::bench
