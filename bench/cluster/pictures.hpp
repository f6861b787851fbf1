/// How fast pictures go from a front to an embedder on another node that answers at once: the pool, its proxy, the
/// links, with keys and without, and the door at the other end. Beside it ZeroMQ alone with messages of the same size.
#pragma once

#include "bench/figures.hpp"

namespace rollcall::bench {

struct picture_figures {
  static constexpr std::size_t bytes = 200'000; ///< of a picture
  static constexpr int outstanding = 16;
  figure with_keys, open, bare_with_keys, bare; ///< pictures
};

/// Before the process's first thread. Throws std::runtime_error.
[[nodiscard]] picture_figures measure_pictures(std::size_t rounds, double seconds);

} // namespace rollcall::bench
