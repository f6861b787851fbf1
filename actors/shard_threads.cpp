#include "actors/shard_threads.hpp"

#include "actors/handlers.hpp"
#include "shard/coded_index.hpp"

#include <algorithm>
#include <chrono>

namespace rollcall::actors {

namespace {

// At most one each of a group, its catching up, a load, another catching up and the map's.
constexpr std::size_t changes_waiting = 5;

} // namespace

shard_threads::shard_threads(const shard_settings& settings, core::metric_registry& registry)
    : metrics(registry, std::to_string(settings.index)),
      gallery(shard::coded_indexes({.most_compared = settings.most_compared})),
      searchers(settings.workers, settings.queue),
      changer(1, changes_waiting),
      upkeep(gallery) {}

core::result<shard::search_answer> shard_threads::search(const accepted_search& work) {
  if (is_draining)
    return stopping();
  const auto started = std::chrono::steady_clock::now();
  auto outcome = gallery.search(work.request);
  metrics.search.observe(core::seconds_since(started));
  if (!outcome)
    return outcome;
  for (auto& partition : outcome->partitions) {
    metrics.compared.add(partition.compared);
    partition.is_current &= work.is_current;
  }
  for (const auto partition : work.unanswered)
    outcome->partitions.push_back({.partition = partition});
  std::sort(outcome->partitions.begin(), outcome->partitions.end(),
            [](const auto& a, const auto& b) { return a.partition < b.partition; });
  return outcome;
}

core::status shard_threads::run(const std::function<core::status()>& change) {
  try {
    auto outcome = change();
    upkeep.wake();
    return outcome;
  } catch (...) {
    return core::fail(core::error_code::internal, "The gallery could not change.", describe(std::current_exception()));
  }
}

} // namespace rollcall::actors
