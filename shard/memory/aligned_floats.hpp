/// Float arrays on cache-line boundaries, for the kernels. Value-like; owned by one index or one search.
#pragma once

#include "shard/codes/similarity.hpp"

#include <memory>
#include <new>

namespace rollcall::shard {

/// Frees what `make_aligned_floats` gave.
struct aligned_delete {
  void operator()(float* data) const noexcept { ::operator delete[](data, std::align_val_t{row_alignment_bytes}); }
};

using aligned_floats = std::unique_ptr<float[], aligned_delete>;

/// `count` zeros, aligned to 64 bytes. Throws std::bad_alloc as `new` does.
[[nodiscard]] inline aligned_floats make_aligned_floats(std::size_t count) {
  return aligned_floats{new (std::align_val_t{row_alignment_bytes}) float[count]()};
}

} // namespace rollcall::shard
