/// The centres that lists of references gather around, and which of them are near. Immutable; any thread.
#pragma once

#include "shard/code_tiles.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rollcall::shard {

/// Centres lie among the coordinates of a transform; near is what has a small Euclidean distance there.
class coarse_quantiser {
public:
  /// `centres`: lists × by->to() float32, row-major. Preconditions (asserted): at least one, at most 65'536.
  coarse_quantiser(std::shared_ptr<const transform> by, std::vector<float> centres);
  ~coarse_quantiser();
  coarse_quantiser(const coarse_quantiser&) = delete;
  coarse_quantiser& operator=(const coarse_quantiser&) = delete;

  [[nodiscard]] const std::shared_ptr<const transform>& by() const noexcept { return by_; }
  [[nodiscard]] std::size_t lists() const noexcept { return biases_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// For each row of `coordinates` (n × by()->to() float32, row-major) the nearest centre, and the square of its
  /// distance. Works on the calling thread. Throws std::bad_alloc.
  struct place {
    std::uint32_t list = 0;
    float square = 0;
  };
  [[nodiscard]] std::vector<place> assign(std::span<const float> coordinates) const;

  /// The `count` ≤ lists() centres that are nearest to a probe which was coded by by(), nearest first, as far as the
  /// roundings of both tell.
  void nearest(const coded_probe& probe, std::size_t count, std::vector<std::uint32_t>& into) const;
  /// How many centres are nearer than that of `list`.
  [[nodiscard]] std::size_t rank(const coded_probe& probe, std::uint32_t list) const;

private:
  struct searched;
  void score(const coded_probe& probe, std::vector<float>& into) const;

  std::shared_ptr<const transform> by_;
  std::vector<std::uint8_t> codes_; ///< lists × to, as a fine code's
  std::vector<float> biases_;       ///< by list: what the score has besides the product with the probe
  std::unique_ptr<const searched> centres_;
};

/// Finds `lists` centres for `sample` (n × by->to() coordinates, row-major, n ≥ lists), on the calling thread. Null
/// when there is no memory for it. Source: k-means by FAISS (Clustering), seeded.
[[nodiscard]] std::shared_ptr<const coarse_quantiser> train_quantiser(std::shared_ptr<const transform> by,
                                                                      std::span<const float> sample, std::size_t lists);

} // namespace rollcall::shard
