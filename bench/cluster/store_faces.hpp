/// Faces put into the store of a cluster, with no node in between.
#pragma once

#include "bench/chaos/cluster_processes.hpp"

namespace rollcall::bench {

/// Makes the collection of four partitions and adds `faces` of 512 dimensions, 5,000 at once. Gives how many a second
/// the store took, the making of them not counted. Throws std::runtime_error.
double enrol_by_store(const cluster_processes& cluster, const std::string& collection, std::size_t faces);

/// How many searches a second the store takes part in: each reads the collection and the records of ten faces of it;
/// the decisions of 64 are kept together. From four threads, for so many seconds. Throws std::runtime_error.
double search_store(const cluster_processes& cluster, const std::string& collection, double seconds);

} // namespace rollcall::bench
