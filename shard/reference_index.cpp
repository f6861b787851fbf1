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

} // namespace rollcall::shard
