#include "vision/track/assignment.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

namespace rollcall::vision {
namespace {

/// The least sum of any assignment, by trying all of them.
double brute_force(const std::vector<double>& costs, std::size_t rows, std::size_t columns) {
  std::vector<std::size_t> order(std::max(rows, columns));
  std::iota(order.begin(), order.end(), 0U);
  double best = 1e300;
  do {
    double sum = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto row = rows <= columns ? i : order[i];
      const auto column = rows <= columns ? order[i] : i;
      if (row < rows && column < columns)
        sum += costs[row * columns + column];
    }
    best = std::min(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

double sum_of(const std::vector<double>& costs, std::size_t columns,
              const std::vector<std::optional<std::size_t>>& column_of) {
  double sum = 0;
  for (std::size_t row = 0; row < column_of.size(); ++row)
    if (column_of[row])
      sum += costs[row * columns + *column_of[row]];
  return sum;
}

TEST(assignment, is_as_cheap_as_the_best_of_all) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random{seed};
    const std::size_t rows = 1 + random() % 6;
    const std::size_t columns = 1 + random() % 6;
    std::vector<double> costs(rows * columns);
    for (auto& each : costs) // whole numbers have ties; half of them are below 0
      each = seed % 2 == 0 ? static_cast<double>(random() % 7) - 3 : std::uniform_real_distribution{-1.0, 1.0}(random);
    const auto column_of = assign(costs, rows, columns);
    ASSERT_EQ(column_of.size(), rows);
    EXPECT_NEAR(sum_of(costs, columns, column_of), brute_force(costs, rows, columns), 1e-9) << "seed " << seed;
  }
}

TEST(assignment, gives_each_column_to_one_row_and_fills_the_smaller_side) {
  for (const auto& [rows, columns] : {std::pair{30U, 50U}, {50U, 30U}, {40U, 40U}}) {
    std::mt19937 random{7};
    std::vector<double> costs(std::size_t{rows} * columns);
    for (auto& each : costs)
      each = std::uniform_real_distribution{0.0, 1.0}(random);
    std::vector<bool> taken(columns);
    std::size_t pairs = 0;
    for (const auto& column : assign(costs, rows, columns)) {
      if (!column)
        continue;
      EXPECT_FALSE(taken[*column]);
      taken[*column] = true;
      ++pairs;
    }
    EXPECT_EQ(pairs, std::min(rows, columns));
  }
}

TEST(assignment, of_nothing_is_nothing) {
  EXPECT_TRUE(assign({}, 0, 5).empty());
  const auto lonely = assign({}, 3, 0);
  ASSERT_EQ(lonely.size(), 3U);
  EXPECT_FALSE(lonely[0] || lonely[1] || lonely[2]);
}

} // namespace
} // namespace rollcall::vision
