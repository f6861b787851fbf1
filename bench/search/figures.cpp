#include "bench/search/figures.hpp"

#include <algorithm>

namespace rollcall::bench {

double recall(const neighbours& found, const neighbours& truth, std::size_t first, std::size_t step, std::size_t at) {
  std::size_t hits = 0;
  std::size_t wanted = 0;
  for (std::size_t p = first; p < truth.size(); p += step, wanted += at) {
    const auto end = found[p].begin() + static_cast<std::ptrdiff_t>(std::min(at, found[p].size()));
    for (std::size_t i = 0; i < at; ++i)
      hits += std::find(found[p].begin(), end, truth[p][i]) != end ? 1U : 0U;
  }
  return static_cast<double>(hits) / static_cast<double>(wanted);
}

recalls count_recalls(const neighbours& found, const neighbours& truth) {
  return {.mated_1 = recall(found, truth, 0, 2, 1),
          .mated_10 = recall(found, truth, 0, 2, 10),
          .unmated_1 = recall(found, truth, 1, 2, 1),
          .unmated_10 = recall(found, truth, 1, 2, 10)};
}

const search_row* best_rival(const std::vector<search_row>& rows, const search_row& of, std::size_t batch) {
  const auto is_no_worse = [&](const search_row& other) {
    const auto &a = other.found, &b = of.found;
    return a.mated_1 >= b.mated_1 && a.mated_10 >= b.mated_10 && a.unmated_1 >= b.unmated_1
           && a.unmated_10 >= b.unmated_10;
  };
  const search_row* best = nullptr;
  for (const auto& other : rows)
    if (other.engine != of.engine && other.threads == of.threads && other.rates.contains(batch) && is_no_worse(other)
        && (best == nullptr || other.rates.at(batch) > best->rates.at(batch)))
      best = &other;
  return best;
}

std::optional<double> over_best_rival(const std::vector<search_row>& rows, const search_row& of, std::size_t batch) {
  const auto* rival = best_rival(rows, of, batch);
  if (rival == nullptr)
    return std::nullopt;
  return of.rates.at(batch) / rival->rates.at(batch);
}

std::optional<double> lists_over(const std::vector<search_row>& rows, std::initializer_list<std::string_view> rivals,
                                 double floor, std::size_t batch) {
  using names = std::initializer_list<std::string_view>;
  const auto first = [&](names of, double least, const auto& comes_before) {
    const search_row* best = nullptr;
    for (const auto& row : rows)
      if (row.threads == 1 && row.rates.contains(batch) && row.found.mated_1 >= least
          && std::find(of.begin(), of.end(), row.engine) != of.end() && (best == nullptr || comes_before(row, *best)))
        best = &row;
    return best;
  };
  const auto is_faster = [batch](const auto& a, const auto& b) { return a.rates.at(batch) > b.rates.at(batch); };
  const auto finds_more = [](const auto& a, const auto& b) { return a.found.mated_1 > b.found.mated_1; };
  const auto* rival = first(rivals, floor, is_faster);
  if (rival == nullptr)
    rival = first(rivals, 0, finds_more);
  const auto* ours =
      rival == nullptr ? nullptr : first({"ours-lists"}, std::max(floor, rival->found.mated_1), is_faster);
  if (ours == nullptr)
    return std::nullopt;
  return ours->rates.at(batch) / rival->rates.at(batch);
}

} // namespace rollcall::bench
