/// References side by side in memory that somebody else owns. Plain value.
#pragma once

#include "core/mutation.hpp"
#include "shard/codes/code_tiles.hpp"
#include "shard/snapshot/file_mapping.hpp"
#include "shard/snapshot/row_digest.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rollcall::shard {

/// Shapes: `values` is ids.size() × stride, row-major, of which the first `dimension` of each row are the reference.
struct reference_block {
  core::reference_kind kind = core::reference_kind::face;
  std::size_t dimension = 0;
  std::size_t stride = 0;
  std::span<const core::uuid> ids;
  std::span<const float> values;
  code_run codes{};                           ///< of all of them, or none
  std::span<const row_digest> digests{};      ///< of all of them, where they come from a snapshot
  std::span<const row_digest> fine_digests{}; ///< of every fine_group_rows of them, where there are codes
  /// Where `values`, the fine codes and the digests lie, and no row was believed yet. Null: in other memory.
  std::shared_ptr<const file_mapping> mapping{};

  [[nodiscard]] std::span<const float> row(std::size_t at) const { return values.subspan(at * stride, dimension); }
  /// Whether a row, and a group of fine codes, is what its digest says. Precondition: there are such digests.
  [[nodiscard]] bool is_intact(std::size_t at) const {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(values.data() + at * stride);
    return digest_rows({begin, stride * sizeof(float)}) == digests[at];
  }
  [[nodiscard]] bool is_fine_intact(std::size_t group) const {
    const auto first = group * fine_group_rows;
    const auto to = codes.by->to();
    return digest_rows({codes.fine + first * to, std::min(fine_group_rows, ids.size() - first) * to})
           == fine_digests[group];
  }
  [[nodiscard]] known_code code(std::size_t at) const noexcept {
    return codes.by ? known_code{&codes, at} : known_code{};
  }
};

/// References in a file that were copied there from an index's rows `first_row`, a multiple of chunk_rows, and after.
struct moved_block {
  reference_block in_file; ///< with a mapping
  std::size_t first_row = 0;
  std::shared_ptr<const transform> by; ///< what the index's codes were made by
  std::vector<std::uint32_t> changes;  ///< of each chunk when it was copied
};

} // namespace rollcall::shard
