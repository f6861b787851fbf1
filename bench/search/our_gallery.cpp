#include "bench/search/our_gallery.hpp"

#include "shard/coded_index.hpp"

#include <cstring>
#include <numeric>
#include <stdexcept>

namespace rollcall::bench {

namespace {

constexpr std::size_t rows_a_batch = 1'024;

} // namespace

core::uuid our_gallery::id_of(std::uint64_t number) {
  core::uuid id;
  std::memcpy(id.value.data(), &number, sizeof number);
  return id;
}

core::collection_key our_gallery::collection() {
  return {};
}

our_gallery::our_gallery(const population& all, std::uint64_t first) : held(shard::coded_indexes()) {
  core::mutation_batch batch{collection(), 0, {}};
  for (std::uint64_t row = 0; row < all.size(); ++row) {
    const auto values = all.reference(row);
    batch.mutations.push_back(
        {row + 1, core::reference_kind::face, id_of(first + row), std::vector<float>(values.begin(), values.end())});
    if (batch.mutations.size() < rows_a_batch && row + 1 < all.size())
      continue;
    if (const auto applied = held.apply(batch); !applied)
      throw std::runtime_error{applied.failure().message};
    batch.mutations.clear();
    (void)held.upkeep();
  }
  while (held.upkeep()) {
  }
}

std::vector<shard::hit> find_nearest(const shard::gallery& in, std::span<const float> probe, std::uint32_t partitions,
                                     float recall_floor) {
  std::vector<std::uint32_t> all(partitions);
  std::iota(all.begin(), all.end(), 0U);
  const shard::search_request request{.request = {},
                                      .collection = our_gallery::collection(),
                                      .partitions = std::move(all),
                                      .probes = {probe.begin(), probe.end()},
                                      .dimension = probe.size(),
                                      .recall_floor = recall_floor,
                                      .until = core::deadline::in(std::chrono::minutes{1})};
  auto answer = in.search(request);
  if (!answer)
    throw std::runtime_error{answer.failure().message};
  return std::move(answer->rows.front());
}

} // namespace rollcall::bench
