/// The assignment problem: who goes with whom at the least cost in all. Used by the tracker alone. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::vision {

/// Pairs each row with a column of its own, or, where there are more rows than columns, each column with a row, so that
/// the sum of the pairs' costs is the least possible. `costs`: rows × columns, row-major, finite.
/// Returns each row's column; none for rows that are left over. Ties: the same for the same input.
/// Preconditions: costs.size() = rows × columns, asserted. Cost: O(m² n) for m the smaller side, n the larger.
/// Source: Kuhn, "The Hungarian method for the assignment problem", 1955, as shortest augmenting paths: Jonker and
/// Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems", 1987.
[[nodiscard]] std::vector<std::optional<std::size_t>> assign(std::span<const double> costs, std::size_t rows,
                                                             std::size_t columns);

} // namespace rollcall::vision
