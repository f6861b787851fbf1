#include "bench/cluster/store_faces.hpp"

#include "bench/synthetic_faces.hpp"
#include "core/clock.hpp"
#include "store/postgres_store.hpp"
#include "tests/support/random_references.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>

namespace rollcall::bench {

namespace {

constexpr std::size_t at_once = 5'000;
constexpr std::size_t searches_at_once = 64;
constexpr std::size_t faces_found = 10;

template <class Value>
Value value_of(core::result<Value> outcome) {
  if (!outcome)
    throw std::runtime_error(outcome.failure().message);
  return *std::move(outcome);
}

std::vector<store::face_with_embedding> make_faces(testing::random_references& random, synthetic_faces& like,
                                                   std::size_t count) {
  std::vector<store::face_with_embedding> some(count);
  for (auto& one : some) {
    one.face.id = {random.id()};
    one.face.image = {random.id()};
    one.face.model_version = "1.0";
    one.embedding.resize(synthetic_faces::dimension);
    like.photograph(like.identity(), one.embedding);
  }
  return some;
}

std::unique_ptr<store::store> open(const cluster_processes& cluster) {
  store::postgres_settings settings;
  settings.uri = cluster.uri();
  settings.key_file = cluster.key_file();
  settings.patience = std::chrono::minutes{1};
  return value_of(store::open_postgres_store(settings));
}

// What 64 searches ask of the store.
void take_part(store::store& in, const std::string& collection, const std::vector<store::face_record>& faces,
               testing::random_references& random) {
  std::vector<store::decision> decisions(searches_at_once);
  for (auto& decision : decisions) {
    const auto record = value_of(in.find_collection(collection));
    std::vector<core::face_id> ids;
    for (std::size_t i = 0; i < faces_found; ++i)
      ids.push_back(faces[random.below(faces.size())].id);
    static_cast<void>(value_of(in.find_faces(record.key, ids)));
    decision.request = {random.id()};
    decision.at = core::system_wall_clock{}.now();
    decision.principal = "bench";
    decision.operation = "SearchFacesByImage";
    decision.collection = collection;
    for (const auto& id : ids)
      decision.candidates.push_back({core::to_string(id), 99});
  }
  static_cast<void>(value_of(in.append_decisions(decisions)));
}

} // namespace

double search_store(const cluster_processes& cluster, const std::string& collection, double seconds) {
  const auto opened = open(cluster);
  const auto record = value_of(opened->find_collection(collection));
  const auto faces = value_of(opened->list_faces(record.key, {}, {}, 1'000)).rows;
  std::atomic<std::size_t> done{0};
  std::vector<std::future<void>> clients;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t client = 0; client < 4; ++client)
    clients.push_back(std::async(std::launch::async, [&, random = testing::random_references{client}]() mutable {
      for (; core::seconds_since(begin) < seconds; done += searches_at_once)
        take_part(*opened, collection, faces, random);
    }));
  for (auto& client : clients)
    client.get();
  return static_cast<double>(done) / core::seconds_since(begin);
}

double enrol_by_store(const cluster_processes& cluster, const std::string& collection, std::size_t faces) {
  const auto opened = open(cluster);
  testing::random_references random{1};
  synthetic_faces like{1};
  store::collection_record record;
  record.key = {random.id()};
  record.id = collection;
  record.model_version = "1.0";
  record.partitions = 4;
  if (const auto made = opened->create_collection(record, {}); !made)
    throw std::runtime_error(made.failure().message);
  std::chrono::duration<double> took{0};
  for (std::size_t done = 0; done < faces; done += at_once) {
    const auto some = make_faces(random, like, std::min(at_once, faces - done));
    const auto begin = std::chrono::steady_clock::now();
    const auto added = opened->add_faces(record.key, some);
    took += std::chrono::steady_clock::now() - begin;
    if (!added)
      throw std::runtime_error(added.failure().message);
  }
  return static_cast<double>(faces) / took.count();
}

} // namespace rollcall::bench
