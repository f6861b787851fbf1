/// Reads the references of one partition while it is searched and changed, a few at a time. Any thread; each call lets
/// searches in and holds changes up only while it copies. Given by `gallery::read`.
#pragma once

#include "core/mutation.hpp"

#include <cstdint>
#include <span>

namespace rollcall::shard {

/// How a partition is at one moment.
struct partition_state {
  std::uint64_t seq = 0;
  std::uint64_t erasures = 0; ///< see `partition`
  std::uint64_t loads = 0;
  bool is_partial = false; ///< loading, or dropped

  friend bool operator==(const partition_state&, const partition_state&) = default;
};

/// To read all of a kind: begin with `below` = size().rows and go on with each copy's `next`, to 0. Rows that were
/// there throughout are read then, whatever changed meanwhile: one that goes is replaced by the last, so rows move down
/// only to places not yet read, or were read before. What was put after the beginning may be missing, what was removed
/// may be there: their mutations follow the state's seq that was asked for before. A load meanwhile (`loads` differs)
/// makes what was read worthless.
class partition_reader {
public:
  virtual ~partition_reader() = default;

  [[nodiscard]] virtual partition_state state() const = 0;

  struct extent {
    std::size_t rows = 0;
    std::size_t dimension = 0; ///< 0: there never was one
  };
  [[nodiscard]] virtual extent size(core::reference_kind kind) const = 0;

  struct copied {
    std::size_t rows = 0;
    std::size_t next = 0; ///< rows below are still to be read
  };
  /// Copies the last ids.size() rows below `below`, or as many as there are. None, and nothing next, when the dimension
  /// is another: then all of those rows are gone. Shapes: values is ids.size() × dimension, ids.size() ≥ 1.
  virtual copied copy(core::reference_kind kind, std::size_t below, std::span<core::uuid> ids,
                      std::span<float> values) const = 0;
};

} // namespace rollcall::shard
