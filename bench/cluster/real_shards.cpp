#include "bench/cluster/real_shards.hpp"

#include "actors/replica/shard.hpp"
#include "actors/search/coordinator.hpp"
#include "actors/storing/store.hpp"
#include "bench/cluster/asking_node.hpp"
#include "bench/synthetic_faces.hpp"
#include "core/metrics.hpp"
#include "store/memory_store.hpp"

#include <stdexcept>
#include <thread>

namespace rollcall::bench {

namespace {

constexpr core::collection_key collection{{{7}}};
constexpr std::size_t faces_a_batch = 2'048;
constexpr int many_outstanding = 64;
constexpr std::chrono::minutes patience{10};

core::uuid id_of(std::uint32_t partition, std::uint64_t seq) {
  core::uuid made{{static_cast<std::uint8_t>(partition)}};
  for (std::size_t byte = 0; byte < sizeof seq; ++byte)
    made.value[15 - byte] = static_cast<std::uint8_t>(seq >> (8 * byte));
  return made;
}

// Pushes a partition's faces as STORE does. The same faces wherever it is called.
void fill(caf::scoped_actor& self, const actors::shard_actor& shard, std::uint32_t partition, std::size_t faces) {
  synthetic_faces people(partition);
  const auto push = [&](actors::apply_request request) {
    self->request(shard, patience, std::move(request))
        .receive([](actors::applied) {},
                 [](const caf::error& failed) { throw std::runtime_error(actors::to_core(failed).message); });
  };
  core::mutation_batch batch{collection, partition, {}};
  for (std::uint64_t seq = 1; seq <= faces; ++seq) {
    std::vector<float> embedding(synthetic_faces::dimension);
    people.photograph(people.identity(), embedding);
    batch.mutations.push_back({seq, core::reference_kind::face, id_of(partition, seq), std::move(embedding)});
    if (batch.mutations.size() == faces_a_batch || seq == faces) {
      push({{std::move(batch)}});
      batch = {collection, partition, {}};
    }
  }
}

actors::shard_actor make_shard(caf::actor_system& system, const actors::store_actor& store, std::uint32_t index,
                               std::uint32_t shards, std::size_t workers) {
  actors::shard_settings settings;
  settings.index = index;
  settings.shards = shards;
  settings.workers = workers;
  auto made = actors::shard(system, store, settings, core::null_metrics());
  caf::scoped_actor self{system};
  self->request(made, patience, actors::ready_request{core::deadline::in(patience)})
      .receive([](const actors::shard_status&) {},
               [](const caf::error& failed) { throw std::runtime_error(actors::to_core(failed).message); });
  return made;
}

actors::store_actor make_store(caf::actor_system& system) {
  return actors::store(system, store::make_memory_store(), {}, core::null_metrics());
}

// Codes are made in the background after the faces have come in: waits until nothing works any more.
template <class CpuSeconds>
void settle(const CpuSeconds& used) {
  constexpr std::chrono::milliseconds span{500};
  const auto until = core::deadline::in(patience);
  double before = used();
  while (!until.has_passed()) {
    std::this_thread::sleep_for(span);
    const auto now = used();
    if (now - before < 0.02)
      return;
    before = now;
  }
  throw std::runtime_error("a shard does not come to rest");
}

// Every other one of somebody who is held, the others of strangers.
std::vector<std::vector<float>> make_probes(std::uint32_t shards) {
  std::vector<synthetic_faces> held;
  for (std::uint32_t partition = 0; partition < shards; ++partition)
    held.emplace_back(partition);
  synthetic_faces strangers(1'000);
  std::vector<std::vector<float>> probes(many_outstanding, std::vector<float>(synthetic_faces::dimension));
  std::vector<float> enrolled(synthetic_faces::dimension);
  for (std::size_t at = 0; at < probes.size(); ++at) {
    if (at % 2 == 0) {
      strangers.photograph(strangers.identity(), probes[at]);
      continue;
    }
    // Drawn as in `fill`; the other photograph of the same person comes from another generator.
    auto& people = held[at / 2 % shards];
    const auto person = people.identity();
    people.photograph(person, enrolled);
    strangers.photograph(person, probes[at]);
  }
  return probes;
}

actors::query make_query(const std::vector<float>& probe, std::uint32_t shards) {
  actors::query asked{.request = {}, .collection = collection, .probes = probe, .until = core::deadline::in(patience)};
  asked.partitions = shards;
  asked.dimension = synthetic_faces::dimension;
  return asked;
}

template <class Reply, class Handle, class Message>
Reply ask(caf::scoped_actor& self, const Handle& whom, Message what) {
  Reply got;
  self->request(whom, patience, std::move(what))
      .receive([&](Reply& answer) { got = std::move(answer); },
               [](const caf::error& failed) { throw std::runtime_error(actors::to_core(failed).message); });
  return got;
}

// The asking process, with a SHARD of its own beside those of the nodes.
class both_sides {
public:
  both_sides(const std::vector<forked>& nodes, const net::curve_key_pair& keys, std::size_t faces)
      : nodes_(nodes), shards_(static_cast<std::uint32_t>(nodes.size())), front_(nodes, keys), self_(front_.system()) {
    auto& system = front_.system();
    const auto threads = std::max(1U, std::thread::hardware_concurrency());
    local_shard_ = front_.own(make_shard(system, front_.own(make_store(system)), 0, 1, threads));
    for (std::uint32_t partition = 0; partition < shards_; ++partition)
      fill(self_, local_shard_, partition, faces);
    settle([&] { return own_cpu_seconds() + cpu_seconds(nodes_); });
    remote_ = front_.own(actors::coordinator(system, front_.shards(), {}, core::null_metrics()));
    local_ = front_.own(actors::coordinator(system, {local_shard_}, {}, core::null_metrics()));
  }

  void compare(real_shard_figures& found) {
    const auto is_sound = [](const actors::coverage& of) { return of.is_complete() && of.is_exact; };
    for (const auto& probe : probes_) {
      const auto one = ask<actors::query_answer>(self_, remote_, make_query(probe, shards_));
      const auto other = ask<actors::query_answer>(self_, local_, make_query(probe, shards_));
      ++found.compared;
      found.different += one.rows != other.rows || !is_sound(one.covered) || !is_sound(other.covered) ? 1 : 0;
    }
    const auto held = ask<actors::shard_status>(self_, local_shard_, actors::status_request{});
    found.faces = held.references;
    found.face_bytes = static_cast<double>(held.memory.total()) / static_cast<double>(held.references);
  }

  void measure(real_shard_figures& found, std::size_t rounds, double seconds) {
    const auto on_nodes = ask_coordinator(remote_, [this](int) { return next(); });
    const auto alone_on_nodes = ask_coordinator(remote_, [this](int lane) { return next_alone(lane); });
    const auto here = ask_coordinator(local_, [this](int) { return next(); });
    std::vector<double> face_ns;
    for (std::size_t round = 0; round < rounds; ++round) {
      found.one.note(front_.run(1, seconds, on_nodes));
      found.alone_one.note(front_.run(1, seconds, alone_on_nodes));
      found.local_one.note(front_.run(1, seconds, here));
      const auto before = cpu_seconds(nodes_);
      const auto done = front_.run(many_outstanding, seconds, on_nodes);
      face_ns.push_back((cpu_seconds(nodes_) - before) * 1e9 / static_cast<double>(done.ms.size() * found.faces));
      found.many.note(done);
      found.alone_many.note(front_.run(many_outstanding, seconds, alone_on_nodes));
      found.local_many.note(front_.run(many_outstanding, seconds, here));
    }
    found.face_ns = median(face_ns);
  }

private:
  actors::query next() { return make_query(probes_[++turn_ % probes_.size()], shards_); }
  // Searches of other thresholds go into no common pass; below any cosine, they change no answer.
  actors::query next_alone(int lane) {
    auto asked = next();
    asked.lowest_cosine += 0.001F * static_cast<float>(lane + 1);
    return asked;
  }

  const std::vector<forked>& nodes_;
  std::uint32_t shards_;
  std::vector<std::vector<float>> probes_ = make_probes(shards_);
  std::size_t turn_ = 0; ///< while a load runs, its actor's
  asking_node front_;
  caf::scoped_actor self_;
  actors::shard_actor local_shard_;
  actors::coordinator_actor remote_, local_;
};

} // namespace

real_shard_figures measure_real_shards(const real_shard_settings& settings) {
  const auto keys = net::make_key_pair();
  const auto nodes = fork_nodes(settings.shards, keys.public_key, [&](caf::actor_system& system, std::uint32_t index) {
    const auto made = make_shard(system, make_store(system), index, settings.shards, 1);
    caf::scoped_actor self{system};
    fill(self, made, index, settings.faces);
    return actors::gate_workers{.shard = made};
  });
  both_sides asking(nodes, keys, settings.faces);
  real_shard_figures found;
  asking.compare(found);
  asking.measure(found, settings.rounds, settings.seconds);
  return found;
}

} // namespace rollcall::bench
