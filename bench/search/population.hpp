/// Whom bench_search enrols, and for whom it searches: synthetic faces (bench/synthetic_faces.hpp).
#pragma once

#include "bench/search/engines.hpp"
#include "bench/synthetic_faces.hpp"

namespace rollcall::bench {

/// References, and probes in turns of an enrolled person and of a stranger. The same for the same sizes.
struct population {
  static constexpr auto dimension = synthetic_faces::dimension;

  /// `each`: probes of each kind; n ≥ each. Populations of other numbers are other persons.
  static population make(std::size_t n, std::size_t each, std::uint64_t number = 0);

  [[nodiscard]] std::size_t size() const { return references.size() / dimension; }
  [[nodiscard]] std::size_t probe_count() const { return probes.size() / dimension; }
  [[nodiscard]] std::span<const float> reference(std::size_t row) const {
    return {references.data() + row * dimension, dimension};
  }
  /// `count` probes that follow each other. Precondition: first + count <= probe_count().
  [[nodiscard]] std::span<const float> probe(std::size_t first, std::size_t count) const {
    return {probes.data() + first * dimension, count * dimension};
  }

  std::vector<float> references;
  std::vector<float> probes;
  std::vector<float> earlier_probes; ///< mated ones of other persons, which an engine may learn from
};

} // namespace rollcall::bench
