/// Rows of an index by the centre that is nearest to them, with codes of their own, so that a search reads
/// the lists that are near its probe. Changed by one thread, or read by many.
#pragma once

#include "shard/codes/coarse_tiles.hpp"
#include "shard/lists/coarse_quantiser.hpp"
#include "shard/lists/list_coder.hpp"
#include "shard/lists/list_depths.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rollcall::shard {

class inverted_lists {
public:
  inverted_lists(std::shared_ptr<const coarse_quantiser> centres, std::shared_ptr<const list_coder> coder);

  [[nodiscard]] const std::shared_ptr<const coarse_quantiser>& centres() const noexcept { return centres_; }
  /// What makes the rows' codes.
  [[nodiscard]] const std::shared_ptr<const list_coder>& coder() const noexcept { return coder_; }
  [[nodiscard]] list_depths& depths() const noexcept { return depths_; }
  /// Rows [0, size()) of the index are in lists.
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return bytes_ + places_.capacity() * sizeof(place); }

  /// Row size() goes into a list; `square` is its distance's from the centre; its code is one of coder()'s, at `from`.
  /// Throws std::bad_alloc: drop the lists then.
  void append(coarse_quantiser::place at, const list_coder::codes& codes, std::size_t from);
  /// A row has become another. Throws as append does. Precondition: row < size().
  void replace(std::size_t row, std::uint32_t list, const list_coder::codes& codes, std::size_t from);
  /// The last row goes; its codes are wiped. Precondition: size() > 0.
  void pop();

  /// Of one list: its codes, and which row each of them is. A view.
  struct list_view {
    tile_run codes;
    std::span<const std::uint32_t> rows;
  };
  [[nodiscard]] list_view list(std::size_t at) const noexcept;
  /// Asks for the losses of a list that is scanned soon; gives its codes.
  [[nodiscard]] tile_run ask_for(std::size_t at) const noexcept;
  /// Asks for where the codes of a list are.
  void ask_where(std::size_t at) const noexcept;
  /// The list of a row < size().
  [[nodiscard]] std::uint32_t list_of(std::size_t row) const noexcept { return places_[row].list; }

  /// Whether rows have come since that lie further from all centres than those did which the centres were made for.
  [[nodiscard]] bool has_drifted() const noexcept;
  /// Rows that the lists were made for.
  [[nodiscard]] std::size_t made_for() const noexcept { return made_for_; }
  /// All rows of the index are in them, for the first time.
  void are_complete() noexcept { made_for_ = size(); }

private:
  struct list_of_rows {
    coarse_tiles codes;
    std::vector<std::uint32_t> rows;
  };
  struct place {
    std::uint32_t list = 0;
    std::uint32_t at = 0;
  };
  struct distances {
    double sum = 0;
    std::size_t count = 0;
    [[nodiscard]] double mean() const noexcept { return count == 0 ? 0 : sum / static_cast<double>(count); }
  };
  void put(std::size_t row, std::uint32_t list, const list_coder::codes& codes, std::size_t from);
  void take_out(std::size_t row);
  template <class Change>
  void change(list_of_rows& what, const Change& how);

  std::shared_ptr<const coarse_quantiser> centres_;
  std::shared_ptr<const list_coder> coder_;
  mutable list_depths depths_; ///< what searches saw
  std::vector<list_of_rows> lists_;
  std::vector<place> places_; ///< by row
  std::size_t bytes_ = 0;     ///< of lists_
  std::size_t made_for_ = 0;
  distances first_; ///< squares, of the rows that the lists were made for
  distances later_; ///< of those since
};

} // namespace rollcall::shard
