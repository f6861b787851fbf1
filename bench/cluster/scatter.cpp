#include "bench/cluster/scatter.hpp"

#include "actors/search/coordinator.hpp"
#include "bench/cluster/asking_node.hpp"
#include "bench/cluster/bare_zmq.hpp"
#include "core/metrics.hpp"

#include <unistd.h>

namespace rollcall::bench {

namespace {

constexpr std::size_t dimension = 512;
constexpr int many_outstanding = 64;

std::vector<shard::hit> prepared(std::size_t k) {
  std::vector<shard::hit> hits(k);
  for (std::size_t i = 0; i < k; ++i) {
    hits[i].id.value[0] = static_cast<std::uint8_t>(::getpid());
    hits[i].id.value[1] = static_cast<std::uint8_t>(i);
    hits[i].id.value[2] = static_cast<std::uint8_t>(i >> 8U);
    hits[i].cosine = 1 - static_cast<float>(i) / 10'000;
  }
  return hits;
}

// A SHARD that answers what it prepared.
actors::gate_workers instant_shard(caf::actor_system& system, std::size_t k) {
  const actors::shard_actor made = system.spawn([hits = prepared(k)](actors::shard_actor::pointer)
                                                    -> actors::shard_actor::behavior_type {
    return {
        [hits](const shard::search_request& asked) {
          shard::search_answer answer;
          answer.rows.assign(asked.probes.size() / asked.dimension, hits);
          for (const auto partition : asked.partitions)
            answer.partitions.push_back({partition, true, true, shard::exactness::proved, 1, hits.size(), hits.size()});
          return answer;
        },
        [](const shard::find_request&) { return shard::found_reference{}; },
        [](const actors::apply_request&) { return actors::applied{}; },
        [](const actors::drop_request&) { return actors::applied{}; },
        [](const actors::status_request&) {
          return actors::shard_status{true, 1, 1, {1}};
        },
        [](const actors::ready_request&) {
          return actors::shard_status{true, 1, 1, {1}};
        },
    };
  });
  return {.shard = made};
}

actors::query make_query(const scatter_settings& settings) {
  actors::query asked{.request = {},
                      .collection = {},
                      .partitions = settings.shards,
                      .probes = std::vector<float>(dimension, 0.04F),
                      .until = core::deadline{{}}};
  asked.dimension = dimension;
  asked.k = settings.k;
  return asked;
}

} // namespace

scatter_figures measure_scatter(const scatter_settings& settings) {
  const auto keys = net::make_key_pair();
  const auto nodes = fork_nodes(settings.shards, keys.public_key, [&](caf::actor_system& system, std::uint32_t) {
    return instant_shard(system, settings.k);
  });
  const auto bare = fork_bare(settings.shards, settings.k * (sizeof(core::uuid::value) + sizeof(float)), false);
  asking_node front(nodes, keys);
  const auto coordinator = front.own(actors::coordinator(front.system(), front.shards(), {}, core::null_metrics()));
  const auto ask = ask_coordinator(coordinator, [&](int) { return make_query(settings); });
  bare_scatter raw(bare, dimension * sizeof(float));
  scatter_figures found;
  std::vector<double> front_us, node_us;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    found.one.note(front.run(1, settings.seconds, ask));
    found.bare_one.note(raw.run(1, settings.seconds));
    const auto front_before = own_cpu_seconds();
    const auto nodes_before = cpu_seconds(nodes);
    const auto done = front.run(many_outstanding, settings.seconds, ask);
    const auto requests = static_cast<double>(done.ms.size() * settings.shards);
    front_us.push_back((own_cpu_seconds() - front_before) * 1e6 / requests);
    node_us.push_back((cpu_seconds(nodes) - nodes_before) * 1e6 / requests);
    found.many.note(done);
    found.bare_many.note(raw.run(many_outstanding, settings.seconds));
  }
  found.front_us = median(front_us);
  found.node_us = median(node_us);
  return found;
}

} // namespace rollcall::bench
