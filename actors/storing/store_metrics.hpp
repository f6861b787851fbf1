/// What the STORE actor tells about itself. Held by the actor; its members are safe from any of its threads.
#pragma once

#include "core/metrics.hpp"

namespace rollcall::actors {

struct store_metrics {
  core::counter& refused_reads;
  core::counter& refused_writes;
  core::counter& refused_decisions;
  core::gauge& reads;
  core::gauge& writes;
  core::gauge& decisions_waiting;
  core::histogram& read;
  core::histogram& write;
  core::histogram& apply;
  core::counter& unconfirmed;
  core::counter& decisions;
  core::counter& lost;
  core::gauge& spooled;

  explicit store_metrics(core::metric_registry& registry)
      : refused_reads(refused(registry, "read")),
        refused_writes(refused(registry, "write")),
        refused_decisions(refused(registry, "decision")),
        reads(outstanding(registry, "read")),
        writes(outstanding(registry, "write")),
        decisions_waiting(outstanding(registry, "decision")),
        read(registry.make_histogram("rollcall_store_read_seconds", "One read", {}, bounds())),
        write(registry.make_histogram("rollcall_store_write_seconds", "One write, to its commit", {}, bounds())),
        apply(registry.make_histogram("rollcall_store_apply_seconds", "Commit to the last shard's confirmation", {},
                                      bounds())),
        unconfirmed(registry.make_counter("rollcall_store_unconfirmed_total",
                                          "Committed writes that a shard did not confirm in time", {})),
        decisions(registry.make_counter("rollcall_decisions_total", "Decisions committed", {})),
        lost(registry.make_counter("rollcall_decisions_lost_total", "Decisions that could not be stored", {})),
        spooled(registry.make_gauge("rollcall_decisions_spooled",
                                    "Decisions on this node's disk until the store is back", {})) {}

  static std::vector<double> bounds() { return {.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5}; }
  static core::counter& refused(core::metric_registry& registry, const char* queue) {
    return registry.make_counter("rollcall_store_refused_total", "Requests refused because a queue was full",
                                 {{"queue", queue}});
  }
  static core::gauge& outstanding(core::metric_registry& registry, const char* queue) {
    return registry.make_gauge("rollcall_store_outstanding", "Requests accepted and not yet answered",
                               {{"queue", queue}});
  }
};

} // namespace rollcall::actors
