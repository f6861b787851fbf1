#include "bench/cluster/scale_out.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rollcall::bench {

scale_out_point scale_out::at(double nodes, double faces) const {
  const auto share = faces / nodes; // of each partition one replica is asked
  scale_out_point found;
  found.node_bytes = share * replicas_ * costs_.face_bytes;
  found.alone_ms =
      costs_.scatter_ms + (nodes - costs_.scatter_nodes) * costs_.front_us / 1e3 + share * costs_.face_ns_alone / 1e6;
  found.shards_per_s = costs_.cores / (costs_.node_us / 1e6 + share * costs_.face_ns / 1e9);
  found.front_per_s = costs_.cores / (nodes * costs_.front_us / 1e6);
  found.store_per_s = costs_.store_searches_per_s;
  found.searches_per_s = std::min({found.shards_per_s, found.front_per_s, found.store_per_s});
  if (found.searches_per_s < found.shards_per_s)
    found.first = found.searches_per_s < found.front_per_s ? saturated::store : saturated::front;
  found.enrolment_hours = faces / costs_.store_faces_per_s / 3'600;
  return found;
}

// Where a node's work for a search, node_us + faces / n × face_ns, is the front's: n × front_us.
double scale_out::nodes_that_fill_front(double faces) const {
  const auto all_faces_us = faces * costs_.face_ns / 1e3;
  return (costs_.node_us + std::sqrt(costs_.node_us * costs_.node_us + 4 * costs_.front_us * all_faces_us))
         / (2 * costs_.front_us);
}

double scale_out::nodes_that_fill_store(double faces) const {
  const auto left_us = costs_.cores * 1e6 / costs_.store_searches_per_s - costs_.node_us;
  return left_us <= 0 ? std::numeric_limits<double>::infinity() : faces * costs_.face_ns / 1e3 / left_us;
}

} // namespace rollcall::bench
