/// From embeddings to the coordinates that codes are made in: y = T (x - m), where the rows of T are orthonormal.
/// Immutable; shared by the indexes of a dimension; any thread.
///
/// An inner product splits by it: <q, x> = <q, m> + <T q, T (x - m)> + what lies outside the span of T's rows. A code
/// approximates T (x - m); how much of x it lost is known, so the inner product has a proved bound
/// (shard/codes/code_tiles.hpp).
#pragma once

#include "core/bytes.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace rollcall::shard {

class transform {
public:
  virtual ~transform() = default;

  /// Size of an embedding, and of its coordinates; the latter is a multiple of 8.
  [[nodiscard]] virtual std::size_t from() const noexcept = 0;
  [[nodiscard]] virtual std::size_t to() const noexcept = 0;

  /// Writes T (x - m) to `y` and returns the square of the length of x - m, off by less than 1e-5 of it.
  /// Preconditions (asserted): x.size() == from(), y.size() == to().
  virtual double apply(std::span<const float> x, std::span<float> y) const = 0;
  /// The same for many, which may be cheaper: to() values of `y` and one of `squares` for each of `xs`.
  virtual void apply(std::span<const std::span<const float>> xs, std::span<float> y, std::span<double> squares) const {
    for (std::size_t i = 0; i < xs.size(); ++i)
      squares[i] = apply(xs[i], y.subspan(i * to(), to()));
  }
  /// Writes T q to `y`, without the shift, and returns <q, m>. Preconditions as `apply`.
  virtual double project(std::span<const float> q, std::span<float> y) const = 0;
  /// The coordinates' expected standard deviation for references of length 1.
  [[nodiscard]] virtual float spread() const noexcept = 0;

  /// For `decode_transform` (transform_codec.hpp), which gives one that does the same, bit by bit.
  [[nodiscard]] virtual core::bytes encode() const = 0;
};

/// The one for references of which nothing is known: no shift, coordinates that each gather a little of every value, so
/// that all have about the same spread whatever the embedding network does. to() is the power of two next above
/// `dimension`, at least 8. Source: the fast Walsh-Hadamard transform after random signs (Ailon, Chazelle, "The fast
/// Johnson-Lindenstrauss transform", SIAM J. Comput. 39, 2009), cost to() log to() additions.
[[nodiscard]] std::shared_ptr<const transform> make_mixing_transform(std::size_t dimension);

} // namespace rollcall::shard
