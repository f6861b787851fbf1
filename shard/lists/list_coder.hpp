/// The codes that lists keep of their rows: of fewer coordinates than an index's own, and of 2 bits each. Immutable;
/// any thread.
#pragma once

#include "shard/codes/code_tiles.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rollcall::shard {

/// A search by lists is not proved, so its codes may leave out what says little: of the coordinates, turned to the
/// principal ones of a sample, those that carry most. A row's loss is the length of what its own fine code and rounding
/// lost, and half the square of the length of what was left out: as much as that adds to the cosine of a probe of the
/// same person, about, which has as much there and half along it.
class list_coder {
public:
  static constexpr unsigned bits = 2; ///< a coordinate

  /// For rows that are coded by `of`; `fine`: a sample of their fine codes, n × of->to() bytes. Where no coordinate can
  /// be left out all are kept. On the calling thread. Source: train_transform.
  list_coder(std::shared_ptr<const transform> of, std::span<const std::uint8_t> fine);

  /// From embeddings to the coordinates of these codes.
  [[nodiscard]] const std::shared_ptr<const transform>& by() const noexcept { return by_; }
  /// Groups of a tile of them.
  [[nodiscard]] std::size_t groups() const noexcept;

  /// Codes a probe for them; `longest`: as in code_tiles.hpp.
  void code(std::span<const float> probe, double longest, coded_probe& into) const;

  /// A level for each coordinate of all groups (0 beyond the last), and losses: bytes as in code_tiles.hpp, but units
  /// of which code(probe) knows the size.
  struct codes {
    std::size_t coordinates = 0;
    std::vector<std::uint8_t> levels; ///< rows × coordinates
    std::vector<std::uint8_t> losses;

    [[nodiscard]] std::span<const std::uint8_t> row(std::size_t at) const noexcept {
      return std::span{levels}.subspan(at * coordinates, coordinates);
    }
  };
  /// Of rows by their fine codes, n × of->to() bytes, and the losses of these. Throws std::bad_alloc.
  [[nodiscard]] codes code(std::span<const std::uint8_t> fine, std::span<const std::uint8_t> fine_losses) const;

private:
  [[nodiscard]] even_levels levels() const noexcept;

  std::shared_ptr<const transform> of_;
  std::shared_ptr<const transform> shorter_; ///< of coordinates by of_; null: all are kept
  std::shared_ptr<const transform> by_;
};

} // namespace rollcall::shard
