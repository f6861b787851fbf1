#include "bench/cluster/pictures.hpp"

#include "actors/embedding/embedding_pool.hpp"
#include "actors/peers/remote_embedding.hpp"
#include "bench/cluster/asking_node.hpp"
#include "bench/cluster/bare_zmq.hpp"
#include "core/metrics.hpp"

namespace rollcall::bench {

namespace {

constexpr auto* model_version = "1.0";
constexpr std::size_t dimension = 512;

// An EMBEDDING that finds the same face in every picture.
actors::gate_workers instant_embedder(caf::actor_system& system) {
  vision::analysis one_face;
  one_face.width_px = 640;
  one_face.height_px = 480;
  one_face.model_version = model_version;
  one_face.faces.resize(1);
  one_face.faces.front().embedding.assign(dimension, 0.04F);
  const actors::embedding_actor made =
      system.spawn([one_face](actors::embedding_actor::pointer) -> actors::embedding_actor::behavior_type {
        return {
            [one_face](const actors::analyze_request&) { return one_face; },
            [](const actors::status_request&) {
              return actors::embedding_status{picture_figures::outstanding, 0};
            },
        };
      });
  return {.embedding = made};
}

actors::embedding_pool_actor make_pool(asking_node& front, const std::string& embedder) {
  const auto remote =
      front.own(actors::remote_embedding(front.system(), front.way_to(embedder), {.model_version = model_version}));
  auto pool = front.own(actors::embedding_pool(front.system(), {}, {}, core::null_metrics()));
  auto routes = std::make_shared<actors::cluster_routes>();
  routes->embedders.emplace(embedder, remote);
  caf::anon_send(pool, actors::routes_message{std::move(routes)});
  return pool;
}

} // namespace

picture_figures measure_pictures(std::size_t rounds, double seconds) {
  const auto make = [](caf::actor_system& system, std::uint32_t) { return instant_embedder(system); };
  const auto keys = net::make_key_pair();
  const auto nodes = fork_nodes(1, keys.public_key, make);
  const auto open_nodes = fork_nodes(1, {}, make);
  const auto reply_bytes = dimension * sizeof(float);
  const auto bare = fork_bare(1, reply_bytes, false);
  const auto bare_with_keys = fork_bare(1, reply_bytes, true);
  asking_node front(nodes, keys);
  asking_node open_front(open_nodes, std::nullopt);
  const auto image = std::make_shared<const core::bytes>(picture_figures::bytes, std::uint8_t{0xAB});
  const auto ask_of = [&image](const actors::embedding_pool_actor& pool) -> ask_once {
    return [pool, image](caf::event_based_actor* self, int, const std::function<void(bool)>& then) {
      self->request(pool, std::chrono::seconds{31},
                    actors::analyze_request{{}, image, {}, core::deadline::in(std::chrono::seconds{30})})
          .then([then](const vision::analysis&) { then(true); }, [then](const caf::error&) { then(false); });
    };
  };
  const auto ask = ask_of(make_pool(front, nodes.front().where().node));
  const auto ask_open = ask_of(make_pool(open_front, open_nodes.front().where().node));
  bare_scatter raw(bare, picture_figures::bytes);
  bare_scatter raw_with_keys(bare_with_keys, picture_figures::bytes);
  picture_figures found;
  for (std::size_t round = 0; round < rounds; ++round) {
    found.with_keys.note(front.run(picture_figures::outstanding, seconds, ask));
    found.bare_with_keys.note(raw_with_keys.run(picture_figures::outstanding, seconds));
    found.open.note(open_front.run(picture_figures::outstanding, seconds, ask_open));
    found.bare.note(raw.run(picture_figures::outstanding, seconds));
  }
  return found;
}

} // namespace rollcall::bench
