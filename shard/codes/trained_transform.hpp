/// A transform for the embeddings at hand. Most networks use a part of their space only (the default one 160 dimensions
/// of 512), so a few principal components carry everything, and codes of these are shorter. Pure; any thread.
#pragma once

#include "shard/codes/transform.hpp"

#include <memory>
#include <span>

namespace rollcall::shard {

/// The share of the embeddings' squared distance from their mean that the components must carry. What is left out
/// becomes part of each code's loss: 0.02 beside the 0.1 of its rounding, for which a scan reads and multiplies less.
inline constexpr double trained_energy = 0.9995;

/// Mean, and as many principal components of `sample` as carry `energy` of that, turned at random (seeded) so that all
/// coordinates spread alike. `sample`: n × dimension float32, row-major. Nothing when fewer than 4 × dimension rows are
/// given, or when more than three quarters of the dimensions are needed: the mixing transform is as good then.
/// Cost: n × dimension² multiplications on the calling thread, then dimension³. Source: principal component analysis
/// and rotation by FAISS (PCAMatrix).
[[nodiscard]] std::shared_ptr<const transform> train_transform(std::span<const float> sample, std::size_t dimension,
                                                               double energy = trained_energy);

} // namespace rollcall::shard
