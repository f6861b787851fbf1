#include "bench/synthetic_faces.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace rollcall::bench {

namespace {

constexpr std::size_t axes = 170;
constexpr std::size_t families = 60;
constexpr float family_share = 0.25F;
constexpr float log_quality_mean = -0.13F;
constexpr float log_quality_deviation = 0.65F;
// A photograph in twenty is a poor one.
constexpr std::uint64_t poor_of = 20;
constexpr float poor_factor = 2.5F;

struct variance_knot {
  std::size_t axis;
  double variance;
};
// Eigenvalues of the covariance of 2,165 embeddings of 1,400 persons, and the variances within persons along the same
// axes; between the knots straight in the logarithm.
constexpr std::array<variance_knot, 14> total_variance{{{0, 0.01926},
                                                        {9, 0.01550},
                                                        {19, 0.01290},
                                                        {29, 0.01062},
                                                        {39, 0.00909},
                                                        {59, 0.00666},
                                                        {79, 0.00501},
                                                        {99, 0.00370},
                                                        {119, 0.00251},
                                                        {129, 0.00196},
                                                        {139, 0.00124},
                                                        {149, 1.8e-4},
                                                        {159, 1.6e-5},
                                                        {169, 2e-6}}};
constexpr std::array<variance_knot, 8> variance_within{{{0, 0.00340},
                                                        {29, 0.00300},
                                                        {59, 0.00232},
                                                        {99, 0.00155},
                                                        {129, 0.00103},
                                                        {139, 6.0e-4},
                                                        {149, 8.4e-5},
                                                        {169, 1e-6}}};

std::vector<double> interpolate(std::span<const variance_knot> knots) {
  std::vector<double> values;
  for (std::size_t k = 0; k + 1 < knots.size(); ++k)
    for (auto axis = knots[k].axis; axis < knots[k + 1].axis; ++axis) {
      const auto span = static_cast<double>(knots[k + 1].axis - knots[k].axis);
      const auto share = static_cast<double>(axis - knots[k].axis) / span;
      values.push_back(std::exp((1 - share) * std::log(knots[k].variance) + share * std::log(knots[k + 1].variance)));
    }
  values.push_back(knots.back().variance);
  return values;
}

float length_of(std::span<const float> vector) {
  double square = 0;
  for (const float each : vector)
    square += static_cast<double>(each) * each;
  return static_cast<float>(std::sqrt(square));
}

// Random orthonormal rows, by Gram and Schmidt.
std::vector<float> make_axes() {
  constexpr auto dimension = synthetic_faces::dimension;
  std::mt19937_64 random{1};
  std::normal_distribution<float> normal;
  std::vector<float> rows(axes * dimension);
  for (std::size_t row = 0; row < axes; ++row) {
    const std::span<float> current{rows.data() + row * dimension, dimension};
    for (auto& each : current)
      each = normal(random);
    for (std::size_t earlier = 0; earlier < row; ++earlier) {
      const std::span<const float> other{rows.data() + earlier * dimension, dimension};
      float along = 0;
      for (std::size_t i = 0; i < dimension; ++i)
        along += current[i] * other[i];
      for (std::size_t i = 0; i < dimension; ++i)
        current[i] -= along * other[i];
    }
    const auto length = length_of(current);
    for (auto& each : current)
      each /= length;
  }
  return rows;
}

} // namespace

synthetic_faces::synthetic_faces(std::uint64_t seed) : random_(2), axes_(make_axes()) {
  const auto total = interpolate(total_variance);
  const auto within = interpolate(variance_within);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    between_.push_back(static_cast<float>(std::sqrt(std::max(0.0, total[axis] - within[axis]))));
    within_.push_back(static_cast<float>(std::sqrt(within[axis])));
  }
  for (std::size_t i = 0; i < families; ++i) { // the same for every seed: two generators show one population
    auto& centre = families_.emplace_back(axes);
    for (std::size_t axis = 0; axis < axes; ++axis)
      centre[axis] = between_[axis] * normal();
  }
  random_.seed(seed);
  normal_.reset();
}

std::vector<float> synthetic_faces::identity() {
  const auto& family = families_[random_() % families];
  std::vector<float> person(axes);
  for (std::size_t axis = 0; axis < axes; ++axis)
    person[axis] = std::sqrt(family_share) * family[axis] + std::sqrt(1 - family_share) * between_[axis] * normal();
  return person;
}

void synthetic_faces::photograph(std::span<const float> of, std::span<float> into) {
  float quality = std::exp(log_quality_mean + log_quality_deviation * normal());
  if (random_() % poor_of == 0)
    quality *= poor_factor;
  const float deviation = std::sqrt(quality);
  std::fill(into.begin(), into.end(), 0.0F);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const float along = of[axis] + deviation * within_[axis] * normal();
    const float* row = axes_.data() + axis * dimension;
    for (std::size_t i = 0; i < dimension; ++i)
      into[i] += along * row[i];
  }
  const auto length = length_of(into);
  for (auto& each : into)
    each /= length;
}

} // namespace rollcall::bench
