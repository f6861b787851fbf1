#include "vision/track/assignment.hpp"

#include "core/assert.hpp"

#include <limits>

namespace rollcall::vision {

namespace {

/// At least as many columns as rows. Prices are kept such that no cost less its row's and column's price is negative,
/// and that of a pair is 0: so each new row's cheapest way to a free column is a shortest path.
class path_search {
public:
  path_search(std::span<const double> costs, std::size_t rows, std::size_t columns, bool is_transposed)
      : costs_(costs),
        rows_(rows),
        columns_(columns),
        is_transposed_(is_transposed),
        row_price_(rows),
        column_price_(columns),
        row_of_(columns),
        length_(columns),
        from_(columns),
        is_done_(columns) {}

  /// The row of each column.
  std::vector<std::optional<std::size_t>> solve() {
    for (std::size_t row = 0; row < rows_; ++row)
      insert(row);
    return row_of_;
  }

private:
  using place = std::optional<std::size_t>;

  [[nodiscard]] double reduced(std::size_t row, std::size_t column) const {
    const double cost = is_transposed_ ? costs_[column * rows_ + row] : costs_[row * columns_ + column];
    return cost - row_price_[row] - column_price_[column];
  }

  void insert(std::size_t row) {
    length_.assign(columns_, std::numeric_limits<double>::infinity());
    from_.assign(columns_, place{});
    is_done_.assign(columns_, false);
    double reached = 0;
    place last; // the column that the path has come to; none: its beginning
    std::size_t at = row;
    for (;;) {
      relax(at, last, reached);
      const auto next = nearest();
      reached = length_[next];
      is_done_[next] = true;
      last = next;
      if (!row_of_[next])
        break;
      at = *row_of_[next];
    }
    reprice(row, reached);
    turn_pairs(*last, row);
  }

  void relax(std::size_t row, place last, double reached) {
    for (std::size_t column = 0; column < columns_; ++column) {
      const double length = reached + reduced(row, column);
      if (!is_done_[column] && length < length_[column]) {
        length_[column] = length;
        from_[column] = last;
      }
    }
  }

  [[nodiscard]] std::size_t nearest() const {
    place best;
    for (std::size_t column = 0; column < columns_; ++column)
      if (!is_done_[column] && (!best || length_[column] < length_[*best]))
        best = column;
    return *best;
  }

  void reprice(std::size_t row, double reached) {
    row_price_[row] += reached;
    for (std::size_t column = 0; column < columns_; ++column)
      if (is_done_[column] && row_of_[column]) {
        row_price_[*row_of_[column]] += reached - length_[column];
        column_price_[column] -= reached - length_[column];
      }
  }

  /// Hands each column of the path to the row of the column before it.
  void turn_pairs(std::size_t end, std::size_t row) {
    for (place column = end; column; column = from_[*column])
      row_of_[*column] = from_[*column] ? row_of_[*from_[*column]] : place{row};
  }

  std::span<const double> costs_;
  std::size_t rows_;
  std::size_t columns_;
  bool is_transposed_;
  std::vector<double> row_price_;
  std::vector<double> column_price_;
  std::vector<place> row_of_;
  std::vector<double> length_; ///< of the shortest path from the new row to each column
  std::vector<place> from_;    ///< the column before it on that path
  std::vector<bool> is_done_;
};

} // namespace

std::vector<std::optional<std::size_t>> assign(std::span<const double> costs, std::size_t rows, std::size_t columns) {
  ROLLCALL_ASSERT(costs.size() == rows * columns);
  if (rows > columns)
    return path_search{costs, columns, rows, true}.solve();
  std::vector<std::optional<std::size_t>> result(rows);
  const auto row_of = path_search{costs, rows, columns, false}.solve();
  for (std::size_t column = 0; column < columns; ++column)
    if (row_of[column])
      result[*row_of[column]] = column;
  return result;
}

} // namespace rollcall::vision
