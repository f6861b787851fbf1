/// Error rates of a recogniser over labelled embeddings, with intervals. Terms of ISO/IEC 19795-1. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::bench {

/// Labelled embeddings: row i of `vectors` (n × dimension float32, L2-normalised, row-major) shows person
/// `person_of[i]`, persons counted from 0.
struct embedding_set {
  std::size_t dimension = 0;
  std::vector<float> vectors;
  std::vector<std::uint32_t> person_of;
  std::uint32_t persons = 0;

  [[nodiscard]] std::size_t size() const noexcept { return person_of.size(); }
};

/// Cosines of all pairs, n × n row-major.
class cosine_table {
public:
  explicit cosine_table(const embedding_set& of);
  [[nodiscard]] float at(std::size_t a, std::size_t b) const noexcept { return cosines_[a * size_ + b]; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  std::size_t size_;
  std::vector<float> cosines_;
};

/// An error rate with its 95 % interval.
struct estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// One point of verification: every image against every other.
struct verification_point {
  double fmr = 0;      ///< the rate asked for
  float threshold = 0; ///< a pair matches when its cosine is above
  estimate fnmr;
};

struct verification {
  std::size_t mated_pairs = 0;
  std::size_t non_mated_pairs = 0;
  std::vector<verification_point> points;
};

/// False non-match rates at the thresholds where at most `rates` of all non-mated pairs match. Intervals: percentiles
/// of `replicates` bootstrap samples of persons (with the threshold found anew in each), seeded.
[[nodiscard]] verification verify_all(const embedding_set& set, const cosine_table& cosines,
                                      const std::vector<double>& rates, int replicates);

/// Open-set identification, the mean over `draws` seeded draws.
struct identification_protocol {
  int draws = 20;
  std::size_t enrolled = 900;         ///< persons, one image each
  std::size_t enrolled_several = 450; ///< of them, persons with several images (or all there are): mated probes
  std::size_t strangers = 500;        ///< persons who are not enrolled, one image each
};

struct identification_point {
  double fpir = 0;
  estimate fnir;
};

struct identification {
  double mean_mated_probes = 0;
  std::size_t enrolled = 0;
  std::size_t strangers = 0;
  estimate rank1;
  std::vector<identification_point> points;
};

/// FNIR = share of mated probes whose mate is not the nearest enrolled one or not above the threshold; the threshold
/// lets at most `rates` of the strangers through. Sets too small for the protocol are divided in its proportions.
/// Intervals: bootstrap over persons as above, the galleries of the draws kept.
[[nodiscard]] identification identify_all(const embedding_set& set, const cosine_table& cosines,
                                          const std::vector<double>& rates, const identification_protocol& protocol,
                                          int replicates);

} // namespace rollcall::bench
