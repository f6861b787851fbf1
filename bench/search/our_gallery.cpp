#include "bench/search/our_gallery.hpp"

#include "bench/figures.hpp"
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
  apply_all(held, all.size(), [&](std::size_t row) {
    const auto values = all.reference(row);
    return core::mutation{row + 1, core::reference_kind::face, id_of(first + row), {values.begin(), values.end()}};
  });
  (void)settle(held);
}

void apply_all(shard::gallery& into, std::size_t count, const std::function<core::mutation(std::size_t)>& make) {
  core::mutation_batch batch{our_gallery::collection(), 0, {}};
  for (std::size_t i = 0; i < count; ++i) {
    batch.mutations.push_back(make(i));
    if (batch.mutations.size() < rows_a_batch && i + 1 < count)
      continue;
    if (const auto applied = into.apply(batch); !applied)
      throw std::runtime_error{applied.failure().message};
    batch.mutations.clear();
    (void)into.upkeep();
  }
}

double settle(shard::gallery& held) {
  const auto started = std::chrono::steady_clock::now();
  while (held.upkeep()) {
  }
  return milliseconds_since(started) / 1000;
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
