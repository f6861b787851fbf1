// A process that writes is killed (SIGKILL) at random moments: what it acknowledged is there, what it removed is not,
// and the database is sound.
#include "store/sqlite_store.hpp"

#include "tests/contract/store_audit.hpp"
#include "tests/contract/store_fixture.hpp"
#include "tests/support/process.hpp"

#include <csignal>
#include <map>
#include <set>
#include <sstream>

namespace rollcall::store::testing {

namespace {

constexpr int calls_wanted = 1000;
constexpr int kills_wanted = 20; // a quick disk takes all the calls between two kills
constexpr std::uint64_t kill_seed = 4;

/// What the writer's words leave of each face. `either`: killed in the middle of the call.
enum class state { present, absent, either };

class crash : public ::testing::Test {
protected:
  /// Runs the writer for `span`, kills it and takes down what it said. Gives the number of calls acknowledged.
  int run_and_kill(std::chrono::milliseconds span) {
    const auto started = test::process::start(
        {ROLLCALL_CRASH_WRITER, {directory_.path().string(), std::to_string(next_), std::to_string(100'000)}});
    EXPECT_TRUE(started) << why(started);
    if (!started)
      return 0;
    auto& writer = **started;
    EXPECT_FALSE(writer.wait_for_exit(core::deadline::in(span))) << writer.output(test::stream::err);
    writer.signal(SIGKILL);
    const auto ended = writer.wait_for_exit(core::deadline::in(std::chrono::seconds{30}));
    EXPECT_TRUE(ended) << why(ended);
    if (ended) {
      EXPECT_EQ(ended->signal, SIGKILL) << writer.output(test::stream::err);
    }
    return take_down(writer.output(test::stream::out));
  }

  int take_down(const std::string& said) {
    int acknowledged = 0;
    std::istringstream lines(said);
    std::string word;
    std::uint64_t seed = 0;
    while (lines >> word >> seed) {
      next_ = std::max(next_, seed + 1);
      const bool is_done = word == "added" || word == "removed";
      faces_[seed] = !is_done ? state::either : word == "added" ? state::present : state::absent;
      acknowledged += is_done ? 1 : 0;
    }
    return acknowledged;
  }

  /// Holds the store against what was said; a face that could be either way must stay as it is found now.
  void verify() {
    const auto opened = open_sqlite_store(directory_.path());
    ASSERT_SUCCESS(opened);
    auto& recovered = **opened;
    const auto key = make_collection("c").key;
    if (!recovered.find_collection("c")) {
      EXPECT_TRUE(faces_.empty());
      return;
    }
    std::set<core::uuid> present;
    for (auto& [seed, known] : faces_) {
      const auto face = make_face(seed, 512);
      const auto found = recovered.find_face(key, face.face.id);
      if (known == state::either)
        known = found ? state::present : state::absent;
      ASSERT_EQ(found.has_value(), known == state::present)
          << "face " << seed << (found ? " came back" : " was lost") << " with kill seed " << kill_seed;
      if (!found)
        continue;
      ASSERT_EQ(found->embedding, face.embedding);
      present.insert(face.face.id.id);
    }
    EXPECT_EQ(recovered.count(key)->faces, present.size());
    EXPECT_EQ(list_references(recovered, key), present);
    EXPECT_EQ(replay(recovered, key), present);
  }

  static std::set<core::uuid> list_references(store& from, core::collection_key key) {
    std::set<core::uuid> ids;
    for (std::uint32_t part = 0; part < 4; ++part) {
      const auto chunk = from.list_references(key, part, std::nullopt, 1'000'000);
      EXPECT_TRUE(chunk) << why(chunk);
      for (const auto& each : chunk->references)
        ids.insert(each.id);
    }
    return ids;
  }

  /// What a shard that follows from the first mutation ends with.
  static std::set<core::uuid> replay(store& from, core::collection_key key) {
    std::set<core::uuid> ids;
    for (std::uint32_t part = 0; part < 4; ++part) {
      const auto tail = from.tail_mutations(key, part, 0, 1'000'000);
      EXPECT_TRUE(tail) << why(tail);
      std::uint64_t seq = 0;
      for (const auto& change : tail->mutations) {
        EXPECT_EQ(change.seq, ++seq);
        if (change.embedding.empty())
          ids.erase(change.id);
        else
          ids.insert(change.id);
      }
    }
    return ids;
  }

  test::temp_dir directory_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, state> faces_;
};

TEST_F(crash, loses_no_acknowledged_face_and_resurrects_no_removed_one) {
  std::mt19937_64 random(kill_seed);
  int acknowledged = 0;
  int kills = 0;
  const auto until = core::deadline::in(std::chrono::minutes{4});
  while ((acknowledged < calls_wanted || kills < kills_wanted) && !until.has_passed() && !HasFailure()) {
    acknowledged += run_and_kill(std::chrono::milliseconds{5 + random() % 500});
    ++kills;
    ASSERT_NO_FATAL_FAILURE(verify());
    ASSERT_EQ(audit(directory_.path()), "");
  }
  EXPECT_GE(acknowledged, calls_wanted);
  EXPECT_GE(kills, kills_wanted);
  RecordProperty("acknowledged", acknowledged);
  RecordProperty("kills", kills);
}

} // namespace

} // namespace rollcall::store::testing
