// A front whose SHARD actors live on other nodes: real sockets with keys, a real PostgreSQL, an actor system a node.
#include "tests/actor/peer_nodes.hpp"

namespace rollcall::actors {

namespace {

class peers_test : public ::testing::Test {
protected:
  static constexpr std::uint32_t shards = 3;

  void SetUp() override {
    for (std::uint32_t index = 0; index < shards; ++index)
      shards_.push_back(std::make_unique<shard_node>(record_, index, shards));
    front_ = std::make_unique<front_node>(record_, shards_);
  }

  store::collection_record create(const std::string& id, std::uint32_t partitions) {
    store::collection_record made;
    made.key = {random_.id()};
    made.id = id;
    made.model_version = "1.0";
    made.partitions = partitions;
    EXPECT_TRUE(front_->write<store::collection_record>(
        [made](store::store& into, write_outcome&) { return into.create_collection(made, {}); }));
    return made;
  }
  store::face_with_embedding make_face() {
    store::face_with_embedding made;
    made.face.id = {random_.id()};
    made.face.image = {random_.id()};
    made.face.model_version = "1.0";
    made.embedding = random_.embedding(dimension);
    return made;
  }
  static std::vector<shard::hit> brute_force(const std::vector<store::face_with_embedding>& all,
                                             const std::vector<float>& probe, std::size_t k) {
    std::vector<shard::hit> hits;
    hits.reserve(all.size());
    for (const auto& one : all)
      hits.push_back({one.face.id.id, shard::dot(one.embedding, probe)});
    std::sort(hits.begin(), hits.end(), shard::is_nearer);
    hits.resize(std::min(hits.size(), k));
    return hits;
  }
  void expect_search_is_brute_force(const store::collection_record& in,
                                    const std::vector<store::face_with_embedding>& all, std::size_t k) {
    const auto probe = random_.embedding(dimension);
    const auto answer = front_->search(in, probe, k);
    ASSERT_TRUE(answer) << answer.failure().message;
    EXPECT_EQ(answer->rows.at(0), brute_force(all, probe, k));
    EXPECT_TRUE(answer->covered.is_complete() && answer->covered.is_exact && answer->covered.is_current);
    EXPECT_EQ(answer->covered.references, all.size());
  }

  testing::random_references random_{71};
  shared_record record_;
  std::vector<std::unique_ptr<shard_node>> shards_;
  std::unique_ptr<front_node> front_; // ends before them
};

TEST_F(peers_test, the_merged_answer_is_that_of_a_search_of_everything) {
  for (const std::uint32_t partitions : {1U, 2U, 8U}) {
    const auto in = create("c" + std::to_string(partitions), partitions);
    std::vector<store::face_with_embedding> all;
    for (int round = 0; round < 6; ++round) {
      std::vector<store::face_with_embedding> added;
      for (std::size_t count = 1 + random_.below(60); count > 0; --count) {
        added.push_back(make_face());
        if (!all.empty() && random_.below(4) == 0)
          added.back().embedding = all[random_.below(all.size())].embedding; // a tie
      }
      ASSERT_TRUE(front_->add(in.key, added));
      all.insert(all.end(), added.begin(), added.end());
      for (const std::size_t k : {std::size_t{1}, std::size_t{7}, std::size_t{1'000}})
        expect_search_is_brute_force(in, all, k);
      const auto gone = random_.below(all.size());
      ASSERT_TRUE(front_->remove(in.key, {all[gone].face.id}));
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(gone));
      expect_search_is_brute_force(in, all, 20);
    }
    EXPECT_TRUE(front_->write<store::collection_record>([&](store::store& from, write_outcome& outcome) {
      auto deleted = from.delete_collection(in.id);
      outcome.dropped.push_back({in.key});
      return deleted;
    }));
    const auto after = front_->search(in, random_.embedding(dimension), 1);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->covered.references, 0U);
  }
}

TEST_F(peers_test, what_a_shard_refuses_the_front_is_told) {
  const auto in = create("c", 4);
  ASSERT_TRUE(front_->add(in.key, {make_face(), make_face(), make_face(), make_face(), make_face()}));
  EXPECT_EQ(front_->search(in, std::vector<float>(dimension), 0).failure().code, error_code::invalid_argument);
  const auto status = front_->status();
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->is_ready);
  EXPECT_EQ(status->references, 5U);
}

TEST_F(peers_test, a_node_that_is_gone_is_missed_until_it_is_back_with_all_that_was_written_meanwhile) {
  const auto in = create("c", 8);
  std::vector<store::face_with_embedding> all(40);
  std::generate(all.begin(), all.end(), [this] { return make_face(); });
  ASSERT_TRUE(front_->add(in.key, all));
  const auto address = shards_[1]->address();
  shards_[1].reset();
  ASSERT_TRUE(front_->wait_until_open("shard1", false));

  EXPECT_EQ(front_->search(in, all[0].embedding, 1).failure().code, error_code::incomplete);
  const auto partial = front_->search(in, all[0].embedding, 1, true);
  ASSERT_TRUE(partial);
  EXPECT_EQ(partial->covered.asked, 8U);
  EXPECT_EQ(partial->covered.answered, 5U); // not 1, 4 and 7
  const auto unconfirmed = make_face();
  all.push_back(unconfirmed);
  const auto added = front_->add(in.key, {unconfirmed});
  EXPECT_TRUE(added || added.failure().code == error_code::outcome_unknown); // as its partition was there or not

  shards_[1] = std::make_unique<shard_node>(record_, 1, shards, address.address);
  shards_[1]->peers().admit({{front_->keys().public_key, "front"}});
  front_->peers().connect(shards_[1]->address()); // with its new key
  ASSERT_TRUE(front_->wait_until_open("shard1"));
  expect_search_is_brute_force(in, all, 20);
}

TEST_F(peers_test, a_request_that_no_actor_knows_is_refused) {
  const auto ask = [&](const std::string& method, const std::string& body) {
    std::promise<core::result<core::shared_bytes>> ended;
    front_->peers().ask("shard0", method, std::make_shared<const core::bytes>(body.begin(), body.end()),
                        core::deadline::in(patience),
                        [&](core::result<core::shared_bytes> got) { ended.set_value(std::move(got)); });
    return ended.get_future().get();
  };
  EXPECT_EQ(ask("shard.fly", "").failure().code, error_code::unsupported);
  for (const std::string method : {"shard.search", "shard.apply", "shard.drop"})
    EXPECT_EQ(ask(method, "\xff\xff garbage").failure().code, error_code::malformed) << method;
  EXPECT_TRUE(ask("shard.status", ""));
}

// Three nodes hold everything. One dies in the middle of many searches, one hangs: no search is lost by it.
TEST_F(peers_test, a_node_that_dies_or_hangs_costs_no_search_where_others_hold_the_same) {
  front_.reset();
  shards_.clear();
  const auto writer = record_.open();
  store::collection_record in;
  in.key = {random_.id()};
  in.id = "c";
  in.model_version = "1.0";
  in.partitions = 8;
  ASSERT_TRUE(writer->create_collection(in, {}));
  std::vector<store::face_with_embedding> all(60);
  std::generate(all.begin(), all.end(), [this] { return make_face(); });
  ASSERT_TRUE(writer->add_faces(in.key, all));
  for (std::uint32_t number = 0; number < 3; ++number)
    shards_.push_back(std::make_unique<shard_node>(record_, number, 1));
  coordinator_settings settings;
  settings.replicas = [](core::collection_key, std::uint32_t partition) {
    return std::vector<std::size_t>{partition % 3, (partition + 1) % 3, (partition + 2) % 3};
  };
  settings.hedge_at_most = 50ms;
  front_ = std::make_unique<front_node>(record_, shards_, settings);

  std::atomic<bool> is_over = false;
  std::atomic<int> searches = 0;
  std::vector<std::thread> searching;
  for (std::uint64_t seed = 0; seed < 2; ++seed)
    searching.emplace_back([&, seed] {
      testing::random_references random{seed};
      while (!is_over) {
        const auto probe = random.embedding(dimension);
        const auto answer = front_->search(in, probe, 5);
        ASSERT_TRUE(answer) << answer.failure().message;
        EXPECT_EQ(answer->rows.at(0), brute_force(all, probe, 5));
        EXPECT_EQ(answer->covered.references, all.size());
        ++searches;
      }
    });
  const auto go_on_for = [&](int more) {
    const auto until = core::deadline::in(patience);
    for (const auto wanted = searches + more; searches < wanted && !until.has_passed();)
      std::this_thread::yield();
  };
  go_on_for(50);
  shards_[0].reset();
  go_on_for(50);
  shards_[1]->hang();
  go_on_for(50);
  is_over = true;
  for (auto& one : searching)
    one.join();
  EXPECT_GE(searches, 150);
  shards_[1]->wake();
}

} // namespace

} // namespace rollcall::actors
