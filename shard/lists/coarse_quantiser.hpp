/// The centres that lists of references gather around, and which of them are near. Immutable; any thread.
#pragma once

#include "shard/codes/code_tiles.hpp"
#include "shard/codes/scan.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rollcall::shard {

/// Centres lie among the coordinates of a transform. They are what their codes of 4 bits a coordinate say; near is what
/// has a small Euclidean distance from that.
class coarse_quantiser {
public:
  /// `centres`: lists × by->to() float32, row-major. Preconditions (asserted): at least one, at most 65'536.
  coarse_quantiser(std::shared_ptr<const transform> by, std::span<const float> centres);

  [[nodiscard]] const std::shared_ptr<const transform>& by() const noexcept { return by_; }
  [[nodiscard]] std::size_t lists() const noexcept { return lists_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// For each row of `fine` codes by by() (n × by()->to() bytes, row-major; shard/codes/code_tiles.hpp) the nearest
  /// centre, the lower of two alike, and the square of its distance. Throws std::bad_alloc.
  struct place {
    std::uint32_t list = 0;
    float square = 0;
  };
  [[nodiscard]] std::vector<place> assign(std::span<const std::uint8_t> fine) const;

  /// The `count` ≤ lists() centres that are nearest to a probe which was coded by by(), nearest first, as far as the
  /// roundings of the probe tell.
  void nearest(const coded_probe& probe, std::size_t count, std::vector<std::uint32_t>& into) const;
  /// How many centres are nearer than that of `list`.
  [[nodiscard]] std::size_t rank(const coded_probe& probe, std::uint32_t list) const;

private:
  /// Every scan of it gives all tiles, as thresholds are below everything: per_sum × Σ code × value for each centre.
  [[nodiscard]] tile_run tiles() const noexcept { return codes_.tiles(0, probe_biases_.size() / tile_rows); }
  [[nodiscard]] std::vector<float> score(const coded_probe& probe) const;

  std::shared_ptr<const transform> by_;
  std::size_t lists_;
  even_levels levels_;
  coarse_tiles codes_;
  // What a score has besides the product with the codes, by list; least where a tile has no list.
  std::vector<float> probe_biases_;
  std::vector<float> row_biases_;
};

/// Finds `lists` centres for a sample of `fine` codes by `by` (n × by->to() bytes, row-major, n ≥ lists), on the
/// calling thread. Null when there is no memory for it. Source: k-means by FAISS (Clustering), seeded.
[[nodiscard]] std::shared_ptr<const coarse_quantiser>
train_quantiser(std::shared_ptr<const transform> by, std::span<const std::uint8_t> fine, std::size_t lists);

} // namespace rollcall::shard
