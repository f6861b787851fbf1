/// Reproducible embeddings and ids for tests and benchmarks of the search.
#pragma once

#include "core/uuid.hpp"

#include <cmath>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace rollcall::testing {

class random_references {
public:
  explicit random_references(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] core::uuid id() {
    core::uuid made;
    for (auto& byte : made.value)
      byte = static_cast<std::uint8_t>(random_());
    return made;
  }

  /// `dimension` float32 on the unit sphere, evenly spread.
  [[nodiscard]] std::vector<float> embedding(std::size_t dimension) {
    std::normal_distribution<float> normal;
    std::vector<float> made(dimension);
    for (auto& value : made)
      value = normal(random_);
    return normalised(std::move(made));
  }

  /// A unit vector in a subspace of `inner` of the `dimension` dimensions (always the same), off the origin, and a
  /// little noise: as networks give them.
  [[nodiscard]] std::vector<float> embedding_within(std::size_t inner, std::size_t dimension) {
    random_references fixed{17};
    auto made = fixed.embedding(dimension);
    for (std::size_t i = 0; i < inner; ++i) {
      const auto axis = fixed.embedding(dimension);
      const auto by = std::normal_distribution<float>{}(random_);
      for (std::size_t j = 0; j < dimension; ++j)
        made[j] += by * axis[j];
    }
    const auto noise = embedding(dimension);
    for (std::size_t j = 0; j < dimension; ++j)
      made[j] += 0.005F * noise[j];
    return normalised(std::move(made));
  }

  /// Another picture of the same face: a unit vector whose cosine to `face` is about `cosine`.
  [[nodiscard]] std::vector<float> near(std::span<const float> face, float cosine) {
    auto made = embedding(face.size());
    const auto away = std::sqrt(1 - cosine * cosine);
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = cosine * face[i] + away * made[i];
    return normalised(std::move(made));
  }

  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }

private:
  static std::vector<float> normalised(std::vector<float> made) {
    double squares = 0;
    for (const auto value : made)
      squares += static_cast<double>(value) * static_cast<double>(value);
    for (auto& value : made)
      value = static_cast<float>(value / std::sqrt(squares));
    return made;
  }

  std::mt19937_64 random_;
};

} // namespace rollcall::testing
