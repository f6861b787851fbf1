/// Our gallery with the population in one partition, as a SHARD holds it: for what only a whole shard can show.
#pragma once

#include "bench/search/population.hpp"
#include "shard/gallery.hpp"

#include <functional>

namespace rollcall::bench {

class our_gallery {
public:
  /// All references enrolled, upkeep done. Mutation n enrols row n - 1, whose id has the number `first` more.
  explicit our_gallery(const population& all, std::uint64_t first = 0);

  static core::uuid id_of(std::uint64_t number);
  static core::collection_key collection();

  shard::gallery held;
};

/// Applies `count` mutations of one partition, `make` gives each in turn, many at a time with upkeep between them.
/// Throws where one is refused.
void apply_all(shard::gallery& into, std::size_t count, const std::function<core::mutation(std::size_t)>& make);
/// Seconds until upkeep has nothing to do.
double settle(shard::gallery& held);

/// The k = 10 nearest of one probe in partitions [0, count). Throws where the search fails.
[[nodiscard]] std::vector<shard::hit> find_nearest(const shard::gallery& in, std::span<const float> probe,
                                                   std::uint32_t partitions = 1,
                                                   float recall_floor = shard::proved_recall);

} // namespace rollcall::bench
