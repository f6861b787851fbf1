/// Reads the references of one partition while it is searched and changed, a few at a time. Any thread; each call lets
/// searches in and holds changes up only while it copies. Given by `gallery::read`.
#pragma once

#include "core/mutation.hpp"
#include "shard/reference_block.hpp"

#include <cstdint>
#include <vector>

namespace rollcall::shard {

/// How a partition is at one moment.
struct partition_state {
  std::uint64_t seq = 0;
  std::uint64_t erasures = 0; ///< see `partition`
  std::uint64_t loads = 0;
  bool is_partial = false; ///< loading, dropped, or damaged

  friend bool operator==(const partition_state&, const partition_state&) = default;
};

/// What a copy took, in memory of its own that serves again. Owned by one caller.
class copied_references {
public:
  /// As a block; valid until this is filled anew.
  [[nodiscard]] reference_block view() const noexcept;

  /// Room for references of that dimension, of which there are no codes yet.
  void begin(core::reference_kind kind, std::size_t dimension);
  void add(const core::uuid& id, std::span<const float> values);
  /// The codes of the last `count` that were added, at most tile_rows, which begin a tile, and how often their chunk
  /// was changed.
  void add_codes(const code_run& of, std::size_t count, std::uint32_t changes);
  /// Of each chunk.
  [[nodiscard]] const std::vector<std::uint32_t>& changes() const noexcept { return changes_; }

private:
  core::reference_kind kind_ = core::reference_kind::face;
  std::size_t dimension_ = 0;
  std::vector<core::uuid> ids_;
  std::vector<float> values_;
  code_run codes_;
  std::vector<std::uint8_t> tiles_;
  std::vector<std::uint8_t> losses_;
  std::vector<std::uint8_t> fine_;
  std::vector<std::uint8_t> fine_losses_;
  std::vector<std::uint32_t> changes_;
};

/// To read all of a kind: begin with `below` = size().rows and go on with what each copy returns, to 0. Rows that were
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

  /// Copies row `below` - 1 and those before it, back to a multiple of `most`: as many of them as are still there, with
  /// their codes where `most` is a power of two, at least tile_rows and at most block_rows. Returns what is still to be
  /// read: the rows below that. Preconditions (asserted): below ≥ 1, most ≥ 1.
  virtual std::size_t copy(core::reference_kind kind, std::size_t below, std::size_t most,
                           copied_references& into) const = 0;
};

} // namespace rollcall::shard
