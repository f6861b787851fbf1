/// What a SHARD actor tells about itself. Held by the actor; its members are safe from any of its threads.
#pragma once

#include "core/metrics.hpp"

#include <string>

namespace rollcall::actors {

struct shard_metrics {
  core::counter& refused;
  core::counter& gaps;
  core::counter& compared;
  core::gauge& outstanding;
  core::gauge& references;
  core::gauge& memory_bytes;
  core::histogram& search;
  core::histogram& together;
  core::histogram& apply;

  shard_metrics(core::metric_registry& registry, const std::string& index)
      : refused(registry.make_counter("rollcall_shard_refused_total", "Searches refused because the queue was full",
                                      {{"shard", index}})),
        gaps(registry.make_counter("rollcall_shard_gaps_total", "Partitions sent back to the store's tail",
                                   {{"shard", index}})),
        compared(registry.make_counter("rollcall_shard_compared_total",
                                       "References compared exactly, as their codes' bounds left them in question",
                                       {{"shard", index}})),
        outstanding(
            registry.make_gauge("rollcall_shard_outstanding", "Searches running or waiting", {{"shard", index}})),
        references(registry.make_gauge("rollcall_shard_references", "References held", {{"shard", index}})),
        memory_bytes(registry.make_gauge("rollcall_shard_memory_bytes", "Memory of the indexes", {{"shard", index}})),
        search(registry.make_histogram("rollcall_shard_search_seconds", "One search of all partitions asked",
                                       {{"shard", index}},
                                       {.0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, 1})),
        together(registry.make_histogram("rollcall_shard_batch_searches", "Searches that shared one pass",
                                         {{"shard", index}}, {1, 2, 4, 8, 16, 32})),
        apply(registry.make_histogram("rollcall_shard_apply_seconds", "One group of pushed mutations",
                                      {{"shard", index}}, {.00001, .0001, .001, .01, .1, 1})) {}
};

} // namespace rollcall::actors
