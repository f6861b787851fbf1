/// What a larger cluster would do, computed from what was measured on this one: nodes of the same processors, costs per
/// face that do not change with their number, and networks that are no bound. Plain arithmetic; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall::bench {

/// Times are of a processor unless named otherwise.
struct measured_costs {
  double cores = 1;      ///< of a node
  double scatter_ms = 0; ///< of the clock: a scatter over `scatter_nodes` that search nothing
  double scatter_nodes = 1;
  double front_us = 0;             ///< of the front, for each node that a search asks
  double node_us = 0;              ///< of a node, for each search, beside looking at faces
  double face_ns_alone = 0;        ///< of the clock: for each face of a node's share, one search under way
  double face_ns = 0;              ///< for each face and search, many under way
  double face_bytes = 0;           ///< of memory, for each face held
  double store_searches_per_s = 0; ///< whose records the store reads, and whose decisions it keeps
  double store_faces_per_s = 0;    ///< that it takes in
};

enum class saturated : std::uint8_t { shards, front, store };

[[nodiscard]] constexpr std::string_view name_of(saturated what) {
  constexpr std::string_view names[] = {"shards", "front", "store"};
  return names[static_cast<std::size_t>(what)];
}

struct scale_out_point {
  double node_bytes = 0;     ///< of memory, of each node
  double alone_ms = 0;       ///< a search while nothing else is under way
  double shards_per_s = 0;   ///< searches that all shard nodes together answer
  double front_per_s = 0;    ///< that one front node hands on
  double store_per_s = 0;    ///< that the store reads and writes for
  double searches_per_s = 0; ///< with one front: the least of these
  saturated first = saturated::shards;
  double enrolment_hours = 0; ///< until the store has taken all faces in
};

class scale_out {
public:
  /// Preconditions: all costs > 0.
  scale_out(const measured_costs& costs, double replicas) : costs_(costs), replicas_(replicas) {}

  [[nodiscard]] scale_out_point at(double nodes, double faces) const;
  /// Shard nodes from which on one front, and not the shards, bounds the searches.
  [[nodiscard]] double nodes_that_fill_front(double faces) const;
  /// The same of the store; infinite where the nodes' own work for each search, without faces, is bound before.
  [[nodiscard]] double nodes_that_fill_store(double faces) const;

private:
  measured_costs costs_;
  double replicas_;
};

} // namespace rollcall::bench
