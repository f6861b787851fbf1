/// What a SHARD actor tells about itself. Held by the actor; its members are safe from any of its threads.
#pragma once

#include "core/metrics.hpp"
#include "shard/memory/memory_parts.hpp"

#include <array>
#include <string>

namespace rollcall::actors {

struct shard_metrics {
  core::counter& refused;
  core::counter& gaps;
  core::counter& compared;
  core::counter& self_checks;
  core::counter& self_misses;
  core::counter& recall_searches;
  core::gauge& recall_share;
  core::gauge& recall_low;
  core::gauge& recall_high;
  core::gauge& outstanding;
  core::gauge& references;
  std::array<core::gauge*, shard::all_memory_parts.size()> memory_bytes; ///< by part
  core::histogram& search;
  core::histogram& together;
  core::histogram& apply;
  std::array<core::gauge*, 4> replicas; ///< by replica_state
  /// Loads that ended well, by where the partitions came from.
  struct loads {
    core::counter& references;
    core::counter& seconds;
  };
  loads from_store, from_disk, from_peers;

  /// `source` as load_progress has it.
  void note_loaded(const std::string& source, std::uint64_t rows, double seconds) {
    auto& from = source == "store" ? from_store : source == "disk" ? from_disk : from_peers;
    from.references.add(static_cast<double>(rows));
    from.seconds.add(seconds);
  }

  shard_metrics(core::metric_registry& registry, const std::string& index)
      : refused(registry.make_counter("rollcall_shard_refused_total", "Searches refused because the queue was full",
                                      {{"shard", index}})),
        gaps(registry.make_counter("rollcall_shard_gaps_total", "Partitions sent back to the store's tail",
                                   {{"shard", index}})),
        compared(registry.make_counter("rollcall_shard_compared_total",
                                       "References compared exactly, as their codes' bounds left them in question",
                                       {{"shard", index}})),
        self_checks(registry.make_counter("rollcall_shard_self_checks_total",
                                          "Faces that were searched for by their own embedding", {{"shard", index}})),
        self_misses(registry.make_counter("rollcall_shard_self_misses_total",
                                          "Those of them that did not find themselves", {{"shard", index}})),
        recall_searches(registry.make_counter("rollcall_shard_recall_searches_total",
                                              "Approximate searches that were run again over everything",
                                              {{"shard", index}})),
        recall_share(make_recall(registry, index, "share")),
        recall_low(make_recall(registry, index, "low")),
        recall_high(make_recall(registry, index, "high")),
        outstanding(
            registry.make_gauge("rollcall_shard_outstanding", "Searches running or waiting", {{"shard", index}})),
        references(registry.make_gauge("rollcall_shard_references", "References held", {{"shard", index}})),
        memory_bytes(make_memory(registry, index)),
        search(registry.make_histogram("rollcall_shard_search_seconds", "One search of all partitions asked",
                                       {{"shard", index}},
                                       {.0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, 1})),
        together(registry.make_histogram("rollcall_shard_batch_searches", "Searches that shared one pass",
                                         {{"shard", index}}, {1, 2, 4, 8, 16, 32})),
        apply(registry.make_histogram("rollcall_shard_apply_seconds", "One group of pushed mutations",
                                      {{"shard", index}}, {.00001, .0001, .001, .01, .1, 1})),
        replicas{make_replicas(registry, index, "loading"), make_replicas(registry, index, "catching_up"),
                 make_replicas(registry, index, "ready"), make_replicas(registry, index, "draining")},
        from_store(make_loads(registry, index, "store")),
        from_disk(make_loads(registry, index, "disk")),
        from_peers(make_loads(registry, index, "peers")) {}

private:
  static core::gauge& make_recall(core::metric_registry& registry, const std::string& index, const char* bound) {
    return registry.make_gauge("rollcall_shard_recall_estimate",
                               "Share of approximate searches that found the nearest reference, and where it lies with "
                               "a probability of 0.95",
                               {{"shard", index}, {"bound", bound}});
  }
  static std::array<core::gauge*, shard::all_memory_parts.size()> make_memory(core::metric_registry& registry,
                                                                              const std::string& index) {
    std::array<core::gauge*, shard::all_memory_parts.size()> made{};
    for (std::size_t at = 0; at < made.size(); ++at)
      made[at] = &registry.make_gauge("rollcall_shard_memory_bytes", "Memory of the indexes, by what lies there",
                                      {{"shard", index}, {"part", std::string{shard::all_memory_parts[at].first}}});
    return made;
  }
  static core::gauge* make_replicas(core::metric_registry& registry, const std::string& index, const char* state) {
    return &registry.make_gauge("rollcall_shard_replicas", "Partitions held, by how they are",
                                {{"shard", index}, {"state", state}});
  }
  static loads make_loads(core::metric_registry& registry, const std::string& index, const char* source) {
    const core::metric_registry::labels with{{"shard", index}, {"source", source}};
    return {registry.make_counter("rollcall_shard_loaded_references_total",
                                  "References that partitions were loaded with, by where they came from", with),
            registry.make_counter("rollcall_shard_load_seconds_total", "Time spent on these loads", with)};
  }
};

} // namespace rollcall::actors
