#include "actors/replica/shard_threads.hpp"

#include "actors/handlers.hpp"
#include "shard/coded_index.hpp"

#include <algorithm>
#include <chrono>

namespace rollcall::actors {

namespace {

// At most one each of a group, its catching up, a load, another catching up and the map's; and of a load what a source
// that was given up had begun.
constexpr std::size_t changes_waiting = 8;

} // namespace

shard_threads::shard_threads(const shard_settings& settings, core::metric_registry& registry)
    : metrics(registry, std::to_string(settings.index)),
      gallery(shard::coded_indexes(
          {.most_compared = settings.most_compared,
           .stays_in_files = settings.snapshots.references_stay,
           .helpers = settings.workers > 1 ? std::make_shared<shard::search_helpers>(settings.workers - 1) : nullptr,
           .lists_from = settings.lists_from})),
      searchers(settings.workers, settings.queue),
      changer(1, changes_waiting),
      upkeep(gallery, metrics),
      snapshots(shard_snapshots::make(gallery, settings.snapshots, registry)) {}

core::result<shard::search_answer> shard_threads::search_together(const search_batch& work) {
  if (is_draining)
    return stopping();
  const auto started = std::chrono::steady_clock::now();
  auto outcome = gallery.search(combine(work));
  metrics.search.observe(core::seconds_since(started));
  if (outcome)
    for (const auto& partition : outcome->partitions)
      metrics.compared.add(static_cast<double>(partition.compared));
  return outcome;
}

search_outcomes shard_threads::search(const search_batch& work) {
  auto outcome = search_together(work);
  const auto is_unproved = [](const shard::partition_answer& one) {
    return one.exact == shard::exactness::not_proved && one.has_answered;
  };
  const bool is_good = outcome && std::none_of(outcome->partitions.begin(), outcome->partitions.end(), is_unproved);
  if (is_good || work.size() == 1)
    return split(work, std::move(outcome));
  search_outcomes all;
  for (const auto& one : work) {
    const search_batch alone{one};
    auto own = split(alone, search_together(alone));
    all.push_back(std::move(own.front()));
  }
  return all;
}

core::status shard_threads::run(const std::function<core::status()>& change) {
  auto outcome = run_guarded(change);
  upkeep.wake();
  if (snapshots)
    snapshots->wake();
  return outcome;
}

core::status shard_threads::run_guarded(const std::function<core::status()>& work) {
  try {
    return work();
  } catch (...) {
    return core::fail(core::error_code::internal, "The shard failed.", describe(std::current_exception()));
  }
}

} // namespace rollcall::actors
