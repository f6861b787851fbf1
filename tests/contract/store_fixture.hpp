/// What the contract tests of the store share: all implementations behind one factory, a clock and ids that tests own,
/// and faces made of a seed. One thread unless a test says otherwise.
#pragma once

#include "store/memory_store.hpp"
#include "store/postgres_store.hpp"
#include "store/secret_box.hpp"
#include "store/sqlite_store.hpp"

#include "tests/support/postgres_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <mutex>
#include <random>
#include <string>

namespace rollcall::store::testing {

inline constexpr std::string_view model = "1.0";

/// Stands still until a test moves it.
class still_clock final : public core::wall_clock {
public:
  [[nodiscard]] core::wall_time now() const override { return core::wall_time{std::chrono::milliseconds{now_ms_}}; }
  void advance(std::chrono::milliseconds by) { now_ms_ += by.count(); }

private:
  std::atomic<std::int64_t> now_ms_ = 1'700'000'000'000;
};

/// A key file there, as an operator makes it; the same one when it exists.
inline std::filesystem::path make_key_file(const std::filesystem::path& in) {
  EXPECT_TRUE(secret_box::open(in / "secrets.key", true));
  return in / "secrets.key";
}

enum class backend { memory, sqlite, postgres };

inline std::string name_of(backend which) {
  return which == backend::memory ? "memory" : which == backend::sqlite ? "sqlite" : "postgres";
}

/// A random UUID of a seeded generator: the same run after run.
inline core::uuid next_uuid(std::mt19937_64& random) {
  core::uuid id;
  for (auto& byte : id.value)
    byte = static_cast<std::uint8_t>(random());
  return id;
}

/// What tests may turn.
struct store_limits {
  std::uint64_t tokens_kept = 100'000;
  std::uint64_t mutations_kept = 1'000'000;
};

/// One store of any kind; SQLite's and PostgreSQL's can be closed and opened again on what they stored.
class opened_store {
public:
  explicit opened_store(backend which, store_limits limits = {}, std::uint64_t seed = 1)
      : which_(which), limits_(limits), random_(std::make_shared<std::mt19937_64>(seed)) {
    open();
  }

  [[nodiscard]] store& operator*() const { return *store_; }
  [[nodiscard]] store* operator->() const { return store_.get(); }
  [[nodiscard]] still_clock& clock() const { return *clock_; }
  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

  /// Closes and opens it anew, where it can keep anything.
  void reopen() {
    if (which_ == backend::memory)
      return;
    store_.reset();
    open();
  }

private:
  void open() {
    if (which_ == backend::memory) {
      common_settings settings;
      limit(settings);
      store_ = make_memory_store(std::move(settings));
    } else if (which_ == backend::sqlite) {
      sqlite_settings settings;
      limit(settings);
      take(open_sqlite_store(directory_.path(), settings));
    } else {
      postgres_settings settings;
      limit(settings);
      settings.uri = uri_;
      settings.key_file = make_key_file(directory_.path());
      settings.writers = 8;
      take(open_postgres_store(settings));
    }
  }
  void limit(common_settings& settings) const {
    settings.tokens_kept = limits_.tokens_kept;
    settings.mutations_kept = limits_.mutations_kept;
    settings.clock = clock_;
    settings.make_uuid = [random = random_, guard = std::make_shared<std::mutex>()] {
      const std::lock_guard lock(*guard);
      return next_uuid(*random);
    };
  }
  void take(core::result<std::unique_ptr<store>> opened) {
    if (!opened)
      throw std::runtime_error(opened.failure().message + " " + opened.failure().context);
    store_ = *std::move(opened);
  }

  backend which_;
  store_limits limits_;
  std::shared_ptr<std::mt19937_64> random_;
  std::shared_ptr<still_clock> clock_ = std::make_shared<still_clock>();
  test::temp_dir directory_;
  std::string uri_ = which_ == backend::postgres ? test::postgres_server::shared().make_schema() : "";
  std::unique_ptr<store> store_;
};

/// An L2-normalised embedding of a seed.
inline std::vector<float> make_embedding(std::uint64_t seed, std::size_t dimension = 16) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(dimension);
  double squares = 0;
  for (auto& value : values) {
    value = normal(random);
    squares += value * value;
  }
  std::vector<float> embedding(dimension);
  for (std::size_t i = 0; i < dimension; ++i)
    embedding[i] = static_cast<float>(values[i] / std::sqrt(squares));
  return embedding;
}

/// A face of a seed, all of whose members differ from those of other seeds.
inline face_with_embedding make_face(std::uint64_t seed, std::size_t dimension = 16) {
  std::mt19937_64 random(seed + 1'000'003);
  face_with_embedding made;
  made.face.id = {next_uuid(random)};
  made.face.image = {next_uuid(random)};
  made.face.box = {0.1F, 0.2F, 0.3F, static_cast<float>(seed % 100) / 128.0F};
  made.face.confidence = 99.5F;
  made.face.quality = 71.25F;
  made.face.model_version = model;
  made.embedding = make_embedding(seed, dimension);
  return made;
}

inline collection_record make_collection(const std::string& id, std::uint32_t partitions = 4) {
  std::mt19937_64 random(std::hash<std::string>{}(id));
  return {{next_uuid(random)},
          id,
          std::string(model),
          partitions,
          core::wall_time{std::chrono::milliseconds{1'600'000'000'123}}};
}

/// Everything equal, as text in a failure: the message of a result that failed.
template <class T>
std::string why(const core::result<T>& outcome) {
  if (outcome)
    return "succeeded";
  return std::string(to_string(outcome.failure().code)) + ": " + outcome.failure().message + " "
         + outcome.failure().context;
}

class store_contract : public ::testing::TestWithParam<backend> {
protected:
  /// The collection that most tests use.
  core::collection_key add_collection(const std::string& id = "c1", std::uint32_t partitions = 4) {
    const auto made = store_->create_collection(make_collection(id, partitions), {});
    EXPECT_TRUE(made) << why(made);
    return made ? made->key : core::collection_key{};
  }
  core::face_id add_face(core::collection_key key, std::uint64_t seed) {
    const auto face = make_face(seed);
    const auto added = store_->add_faces(key, {&face, 1});
    EXPECT_TRUE(added) << why(added);
    return face.face.id;
  }

  opened_store store_{GetParam()};
};

#define EXPECT_FAILURE(outcome, wanted)                                                                                \
  do {                                                                                                                 \
    const auto rollcall_outcome = (outcome);                                                                           \
    ASSERT_FALSE(rollcall_outcome);                                                                                    \
    EXPECT_EQ(rollcall_outcome.failure().code, ::rollcall::core::error_code::wanted)                                   \
        << ::rollcall::store::testing::why(rollcall_outcome);                                                          \
  } while (false)

#define ASSERT_SUCCESS(outcome) ASSERT_TRUE(outcome) << ::rollcall::store::testing::why(outcome)

/// One camera that runs, and one event that is forgotten again.
inline void fill_cameras(store& in) {
  stream_processor camera;
  camera.key = make_face(98).face.id.id;
  camera.name = "door";
  camera.input = "rtsp://camera/1";
  camera.collection = "c1";
  camera.threshold = 91.5F;
  camera.details = "{}";
  ASSERT_SUCCESS(in.create_processor(camera));
  ASSERT_SUCCESS(in.start_processor("door", core::wall_time{std::chrono::seconds{7}}));
  const auto claimed = in.claim_processor(camera.key, "node-1", std::chrono::seconds{1});
  ASSERT_SUCCESS(claimed);
  const event_record event{0, make_face(97).face.id.id, camera.key, "door", "c1", "TrackBegan", {}, {}, "{}"};
  ASSERT_SUCCESS(in.append_events(camera.key, claimed->epoch, {&event, 1}));
  ASSERT_SUCCESS(in.prune_events(core::system_wall_clock{}.now(), 1)); // its number is not given again
}

/// At namespace scope in each suite's file.
#define ROLLCALL_OVER_ALL_STORES(suite)                                                                                \
  INSTANTIATE_TEST_SUITE_P(stores, suite,                                                                              \
                           ::testing::Values(::rollcall::store::testing::backend::memory,                              \
                                             ::rollcall::store::testing::backend::sqlite,                              \
                                             ::rollcall::store::testing::backend::postgres),                           \
                           [](const auto& each) { return ::rollcall::store::testing::name_of(each.param); })

} // namespace rollcall::store::testing
