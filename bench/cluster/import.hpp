/// How fast faces come into a cluster in bulk: real nodes, a real PostgreSQL, all on this machine.
#pragma once

#include <cstddef>

namespace rollcall::bench {

struct import_figures {
  double copy_faces_per_s = 0;        ///< the store alone, 5,000 at once; `enrol_by_store`
  double import_faces_per_s = 0;      ///< three nodes of all roles, two replicas: until everything is acknowledged
  double first_tenth_faces_per_s = 0; ///< of the same: whether it becomes slower as the collection grows
  double last_tenth_faces_per_s = 0;
  double node_cpu_seconds = 0;     ///< of processors, of all nodes
  double store_searches_per_s = 0; ///< `search_store`, among those faces
  std::size_t peak_bytes = 0;      ///< resident, of the largest node
};

/// `faces` of 512 dimensions by the admin API, from three clients; a tenth of them by the store alone afterwards.
/// Throws std::runtime_error, also when one is missing afterwards.
[[nodiscard]] import_figures measure_import(std::size_t faces);

} // namespace rollcall::bench
