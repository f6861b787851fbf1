#include "shard/reference_index.hpp"

namespace rollcall::shard {

index_answer search_index(const reference_index& index, const probe_matrix& probes, std::size_t k, float lowest_cosine,
                          float recall_floor) {
  std::vector<top_k> best(probes.count(), top_k{k, lowest_cosine});
  index_answer answer;
  answer.exact = index.search(probes, recall_floor, best).exact;
  answer.rows.reserve(best.size());
  for (auto& row : best)
    answer.rows.push_back(row.take());
  return answer;
}

void note_neighbour(const reference_index& index, std::size_t row) {
  const auto [id, values] = index.at(row);
  const auto probes = probe_matrix::make(values, index.dimension());
  const auto answer = search_index(index, *probes, 2, -2);
  for (const auto& each : answer.rows.front())
    if (each.id != id)
      index.note_nearest(nearest_to::reference, values, each.id);
}

} // namespace rollcall::shard
