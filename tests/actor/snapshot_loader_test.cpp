// Where a partition is loaded from: the snapshot on disk, else another node's, else the store; and what makes one of no
// use. The files are bytes in memory, what runs elsewhere runs when the test says so.
#include "actors/replica/partition_loader.hpp"

#include "shard/coded_index.hpp"
#include "shard/snapshot/snapshot_writer.hpp"
#include "store/memory_store.hpp"
#include "store/settings.hpp"
#include "tests/unit/shard/snapshot_fixture.hpp"

#include <deque>

namespace rollcall::actors {
namespace {

using namespace std::chrono_literals;

class snapshot_loader_test : public ::testing::Test {
protected:
  static constexpr std::size_t dimension = 8;

  snapshot_loader_test() {
    collection_.key = {random_.id()};
    collection_.id = "c";
    collection_.model_version = "1.0";
    EXPECT_TRUE(store_->create_collection(collection_, {}));
    what_.key = {collection_.key, 0};
  }

  core::uuid add() {
    store::face_with_embedding face;
    face.face.id = {random_.id()};
    face.face.image = {random_.id()};
    face.face.model_version = "1.0";
    face.embedding = random_.embedding(dimension);
    EXPECT_TRUE(store_->add_faces(collection_.key, {&face, 1}));
    return face.face.id.id;
  }
  void fill(int faces) {
    while (faces-- > 0)
      add();
  }
  /// A snapshot of the store as it is, which it remembers.
  core::bytes snapshot() {
    shard::gallery from{shard::coded_indexes({})};
    const auto all = store_->list_references(collection_.key, 0, std::nullopt, 100'000);
    EXPECT_TRUE(all);
    from.load(collection_.key, 0, all->references);
    from.load_from(collection_.key, 0, store_->list_heads()->at(0).seq);
    core::bytes made;
    shard::testing::memory_file into(made);
    const auto written = shard::write_snapshot(*from.read(collection_.key, 0), {cluster_, collection_.key, 0}, into);
    EXPECT_TRUE(written);
    known_.insert(written->digest);
    return made;
  }

  snapshot_source source(const std::string& name) {
    return {name,
            [this, name](auto then) {
              tried_.push_back(name);
              const auto found = files_.find(name);
              later([this, then, found] {
                found == files_.end() ? then(core::fail(core::error_code::not_found, "none"))
                                      : then(std::uint64_t{found->second.size()});
              });
            },
            [this, name](shard::byte_range at, auto then) {
              now_ += read_takes_;
              if (fails_after_ == 0)
                return later([then] { then(core::fail(core::error_code::unavailable, "the node is gone")); });
              --fails_after_;
              const auto& file = files_.at(name);
              const auto begin =
                  file.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(at.offset, file.size()));
              const auto bytes = std::min<std::size_t>(at.bytes, static_cast<std::size_t>(file.end() - begin));
              later([then, part = std::make_shared<const core::bytes>(
                               begin, begin + static_cast<std::ptrdiff_t>(bytes))] { then(part); });
            }};
  }
  loader_ports ports() {
    loader_ports made;
    made.read = [this](auto what, auto then) { later([=, this] { then(what(*store_)); }); };
    made.change = [this](auto what, auto then) { later([=] { then(what()); }); };
    made.later = [this](auto then) { later(then); };
    made.is_wanted = [this](const partition_load&) { return is_wanted_; };
    made.now = [this] { return now_; };
    snapshot_ports from;
    from.cluster = cluster_;
    from.sources = [this](const partition_key&) { return std::vector{source(""), source("b"), source("c")}; };
    from.is_known = [this](const partition_key&, const core::sha256_digest& digest, auto then) {
      if (store_away_ > 0) {
        --store_away_;
        now_ += 1h;
        return later([then] { then(core::fail(core::error_code::unavailable, "the store is away")); });
      }
      later([=, this] { then(known_.contains(digest)); });
    };
    from.loaded = [this](const snapshot_source& one, const partition_key&, std::uint64_t seq) {
      loaded_.emplace_back(one.name, seq);
    };
    from.refused = [this](const snapshot_source& one, const partition_key&, const core::error& why) {
      refused_.emplace_back(one.name, why.code);
    };
    made.snapshots = from;
    return made;
  }
  void later(std::function<void()> what) { queue_.push_back(std::move(what)); }

  load_end load() {
    tried_.clear();
    loaded_.clear();
    refused_.clear();
    partition_loader loader{gallery_, ports(), 64};
    what_.head = store_->list_heads()->at(0).seq;
    std::optional<load_end> end;
    loader.load(what_, [&](load_end how) { end = how; });
    while (!end && !queue_.empty()) {
      auto next = std::move(queue_.front());
      queue_.pop_front();
      next();
    }
    while (!queue_.empty()) { // answers that nobody waits for any more
      auto next = std::move(queue_.front());
      queue_.pop_front();
      next();
    }
    EXPECT_TRUE(end);
    from_ = loader.progress().source;
    return end.value_or(load_end::given_up);
  }
  void expect_loaded(const std::string& from) {
    EXPECT_EQ(load(), load_end::caught_up);
    EXPECT_EQ(from_, from);
    const auto reader = gallery_.read(collection_.key, 0);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->state().seq, store_->list_heads()->at(0).seq);
    EXPECT_FALSE(reader->state().is_partial);
    const auto all = store_->list_references(collection_.key, 0, std::nullopt, 100'000);
    shard::copied_references copied;
    const auto most = all->references.size() + 1;
    EXPECT_EQ(reader->copy(core::reference_kind::face, most, most, copied), 0U);
    const auto found = copied.view().ids;
    std::vector<core::uuid> ids(found.begin(), found.end());
    std::sort(ids.begin(), ids.end());
    std::vector<core::uuid> expected;
    expected.reserve(all->references.size());
    for (const auto& one : all->references)
      expected.push_back(one.id);
    EXPECT_EQ(ids, expected);
  }

  testing::random_references random_{3};
  const core::uuid cluster_ = random_.id();
  store::collection_record collection_;
  store::common_settings limits_{[] {
    store::common_settings made;
    made.mutations_kept = 1'000;
    return made;
  }()};
  std::unique_ptr<store::store> store_ = store::make_memory_store(limits_);
  shard::gallery gallery_{shard::coded_indexes({})};
  partition_load what_;
  std::map<std::string, core::bytes> files_; ///< by node; "": this one's
  std::set<core::sha256_digest> known_;
  bool is_wanted_ = true;
  std::size_t fails_after_ = 1'000'000; ///< reads
  std::chrono::milliseconds read_takes_{0};
  int store_away_ = 0; ///< questions
  core::steady_time now_{1h};
  std::deque<std::function<void()>> queue_;
  std::vector<std::string> tried_;
  std::vector<std::pair<std::string, std::uint64_t>> loaded_;
  std::vector<std::pair<std::string, core::error_code>> refused_;
  std::string from_;
};

TEST_F(snapshot_loader_test, the_disk_comes_first_then_other_nodes_then_the_store) {
  fill(40);
  expect_loaded("store");
  EXPECT_EQ(tried_, (std::vector<std::string>{"", "b", "c"}));
  files_["c"] = snapshot();
  fill(10);
  expect_loaded("c");
  EXPECT_EQ(loaded_, (std::vector{std::pair<std::string, std::uint64_t>{"c", 40}}));
  files_[""] = files_["b"] = snapshot();
  ASSERT_TRUE(store_->remove_faces(collection_.key, std::vector<core::face_id>{{add()}}));
  expect_loaded("disk");
  EXPECT_EQ(tried_, (std::vector<std::string>{""}));
  EXPECT_TRUE(refused_.empty());
}

TEST_F(snapshot_loader_test, what_was_removed_meanwhile_is_not_there) {
  std::vector<core::face_id> ids;
  for (int i = 0; i < 30; ++i)
    ids.push_back({add()});
  files_[""] = snapshot();
  ASSERT_TRUE(store_->remove_faces(collection_.key, ids));
  fill(3);
  expect_loaded("disk");
}

TEST_F(snapshot_loader_test, damaged_anywhere_the_next_source_serves) {
  fill(1'500);
  const auto whole = snapshot();
  std::mt19937_64 draw{8};
  for (int run = 0; run < 300; ++run) {
    files_[""] = files_["b"] = whole;
    if (run % 3 == 0)
      files_[""].resize(draw() % whole.size());
    else
      files_[""][run % 3 == 1 ? draw() % whole.size() : draw() % 300] ^= 1 << draw() % 8;
    expect_loaded("b");
    ASSERT_EQ(refused_.size(), 1U);
    EXPECT_EQ(refused_[0].first, "");
  }
}

TEST_F(snapshot_loader_test, what_the_store_does_not_remember_is_not_used) {
  fill(40);
  files_[""] = files_["b"] = files_["c"] = snapshot();
  known_.clear(); // as in a store that was restored from a backup
  expect_loaded("store");
  EXPECT_EQ(refused_.size(), 3U);
  EXPECT_EQ(refused_[0].second, core::error_code::conflict);
}

TEST_F(snapshot_loader_test, one_that_is_too_old_for_the_mutations_kept_is_given_up) {
  fill(20);
  files_[""] = snapshot();
  fill(2'000);
  ASSERT_EQ(store_->tail_mutations(collection_.key, 0, 20, 1).failure().code, core::error_code::gap);
  expect_loaded("store");
  EXPECT_EQ(refused_, (std::vector{std::pair<std::string, core::error_code>{"", core::error_code::gap}}));
}

TEST_F(snapshot_loader_test, a_node_that_ends_or_crawls_is_given_up) {
  fill(3'000);
  files_["b"] = snapshot();
  for (const std::size_t reads : {0U, 1U, 2U}) { // header, digests, the one block
    fails_after_ = reads;
    expect_loaded("store");
    ASSERT_EQ(refused_.size(), 1U) << reads;
    EXPECT_EQ(refused_[0].second, core::error_code::unavailable);
  }
  fails_after_ = 1'000'000;
  read_takes_ = 6s;
  expect_loaded("store");
  EXPECT_EQ(refused_,
            (std::vector{std::pair<std::string, core::error_code>{"b", core::error_code::deadline_exceeded}}));
}

TEST_F(snapshot_loader_test, a_store_that_is_away_costs_no_snapshot) {
  fill(40);
  files_[""] = snapshot();
  store_away_ = 3;
  expect_loaded("disk");
  EXPECT_TRUE(refused_.empty());
}

// A change that came after the drop would make a partition anew that lacks what was put before.
TEST_F(snapshot_loader_test, a_partition_that_is_dropped_in_the_middle_is_not_there_afterwards) {
  fill(40);
  files_["b"] = snapshot();
  for (int steps = 0; steps < 12; ++steps) {
    is_wanted_ = true;
    what_.head = store_->list_heads()->at(0).seq;
    partition_loader loader{gallery_, ports(), 64};
    std::optional<load_end> end;
    loader.load(what_, [&](load_end how) { end = how; });
    for (int done = 0; !queue_.empty(); ++done) {
      if (done == steps) {
        is_wanted_ = false;
        later([this] { gallery_.drop(collection_.key, 0); });
      }
      auto next = std::move(queue_.front());
      queue_.pop_front();
      next();
    }
    ASSERT_TRUE(end) << steps;
    if (end == load_end::given_up) {
      EXPECT_FALSE(gallery_.read(collection_.key, 0)) << steps;
    }
    gallery_.drop(collection_.key, 0);
  }
}

TEST_F(snapshot_loader_test, a_load_that_nobody_wants_ends) {
  fill(40);
  files_[""] = snapshot();
  is_wanted_ = false;
  EXPECT_EQ(load(), load_end::given_up);
}

} // namespace
} // namespace rollcall::actors
