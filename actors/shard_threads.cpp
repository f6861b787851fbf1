#include "actors/shard_threads.hpp"

#include "actors/handlers.hpp"
#include "shard/coded_index.hpp"

#include <chrono>

namespace rollcall::actors {

namespace {

double seconds_since(core::steady_time start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

shard_threads::shard_threads(const shard_settings& settings, core::metric_registry& registry)
    : metrics(registry, std::to_string(settings.index)),
      gallery(shard::coded_indexes({.most_compared = settings.most_compared})),
      searchers(settings.workers, settings.queue),
      changer(1, 1),
      upkeep(gallery) {}

core::result<shard::search_answer> shard_threads::search(const shard::search_request& request) {
  if (is_draining)
    return core::fail(core::error_code::unavailable, "The node is stopping.");
  const auto started = std::chrono::steady_clock::now();
  auto outcome = gallery.search(request);
  metrics.search.observe(seconds_since(started));
  if (outcome)
    for (const auto& partition : outcome->partitions)
      metrics.compared.add(partition.compared);
  return outcome;
}

core::status shard_threads::apply(change_group& group) {
  const auto started = std::chrono::steady_clock::now();
  for (const auto& one : group.changes) {
    if (const auto* drop = std::get_if<drop_request>(&one.what)) {
      gallery.drop(drop->collection);
      continue;
    }
    for (const auto& batch : std::get<apply_request>(one.what).batches)
      if (!gallery.apply(batch))
        group.gaps.emplace_back(batch.collection, batch.partition);
  }
  metrics.apply.observe(seconds_since(started));
  return core::nothing{};
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
