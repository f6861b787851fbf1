#include "bench/store_faces.hpp"

#include "bench/synthetic_faces.hpp"
#include "store/postgres_store.hpp"
#include "tests/support/random_references.hpp"

#include <algorithm>
#include <stdexcept>

namespace rollcall::bench {

namespace {

constexpr std::size_t at_once = 5'000;

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

} // namespace

double enrol_by_store(const cluster_processes& cluster, const std::string& collection, std::size_t faces) {
  store::postgres_settings settings;
  settings.uri = cluster.uri();
  settings.key_file = cluster.key_file();
  settings.patience = std::chrono::minutes{1};
  auto opened = store::open_postgres_store(settings);
  if (!opened)
    throw std::runtime_error(opened.failure().message);
  testing::random_references random{1};
  synthetic_faces like{1};
  store::collection_record record;
  record.key = {random.id()};
  record.id = collection;
  record.model_version = "1.0";
  record.partitions = 4;
  if (const auto made = (*opened)->create_collection(record, {}); !made)
    throw std::runtime_error(made.failure().message);
  std::chrono::duration<double> took{0};
  for (std::size_t done = 0; done < faces; done += at_once) {
    const auto some = make_faces(random, like, std::min(at_once, faces - done));
    const auto begin = std::chrono::steady_clock::now();
    const auto added = (*opened)->add_faces(record.key, some);
    took += std::chrono::steady_clock::now() - begin;
    if (!added)
      throw std::runtime_error(added.failure().message);
  }
  return static_cast<double>(faces) / took.count();
}

} // namespace rollcall::bench
