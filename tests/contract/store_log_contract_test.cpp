// The contract of store/store.hpp over every implementation: what it is, access keys, the decision log.
#include "store/store.hpp"

#include "tests/contract/store_fixture.hpp"
#include "tests/support/expect_decision.hpp"

#include <limits>

namespace rollcall::store::testing {

namespace {

class log_contract : public store_contract {};

core::wall_time at(std::int64_t seconds) {
  return core::wall_time{std::chrono::seconds{seconds}};
}

api_key make_key(const std::string& access_key, std::int64_t created) {
  return {access_key, "secret of " + access_key, "door 1", role::write, {"a", "b"}, at(created), std::nullopt};
}

decision make_decision(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  decision made;
  made.request = {next_uuid(random)};
  made.at = at(static_cast<std::int64_t>(seed));
  made.principal = seed % 2 == 0 ? "even" : "odd";
  made.access_key = "RKIA0";
  made.purpose = "door";
  made.operation = "SearchFaces";
  made.collection = seed % 3 == 0 ? "three" : "other";
  made.probe = "p" + std::to_string(seed);
  made.model_version = model;
  made.threshold = 80.25F;
  made.gallery_size = 10'000'000'000;
  made.partitions_asked = 4;
  made.partitions_answered = 3;
  made.is_exact = true;
  made.is_current = false;
  made.candidates = {{"c" + std::to_string(seed % 5), 99.5F}, {"all", 81}};
  return made;
}

// -- keys

TEST_P(log_contract, a_collection_is_searched_exactly_until_it_has_a_recall_floor) {
  ASSERT_SUCCESS(store_->create_collection(make_collection("people", 8), {}));
  const auto before = store_->find_collection("people");
  ASSERT_SUCCESS(before);
  EXPECT_EQ(before->recall_floor, 1);
  const auto set = store_->set_recall_floor("people", 0.995F);
  ASSERT_SUCCESS(set);
  EXPECT_EQ(set->recall_floor, 0.995F);
  store_.reopen();
  const auto found = store_->find_collection("people");
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->recall_floor, 0.995F);
  for (const float wrong : {0.49F, 1.01F, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_EQ(store_->set_recall_floor("people", wrong).failure().code, core::error_code::invalid_argument);
  EXPECT_EQ(store_->set_recall_floor("nobody", 0.9F).failure().code, core::error_code::not_found);
}

TEST_P(log_contract, the_store_says_what_it_is) {
  const auto before = core::system_wall_clock{}.now();
  const auto told = store_->describe();
  ASSERT_SUCCESS(told);
  static const std::map<backend, std::string> engines{
      {backend::memory, "memory"}, {backend::sqlite, "SQLite 3."}, {backend::postgres, "PostgreSQL 1"}};
  EXPECT_TRUE(told->engine.starts_with(engines.at(GetParam()))) << told->engine;
  EXPECT_EQ(told->schema > 0, GetParam() != backend::memory);
  EXPECT_GE(told->now, before - std::chrono::milliseconds{1}); // one machine, one clock, in milliseconds
  EXPECT_LE(told->now, core::system_wall_clock{}.now() + std::chrono::milliseconds{1});
}

TEST_P(log_contract, keeps_keys_with_their_secrets) {
  ASSERT_SUCCESS(store_->add_key(make_key("RKIA2", 20)));
  ASSERT_SUCCESS(store_->add_key(make_key("RKIA1", 10)));
  store_.reopen();
  const auto keys = store_->list_keys();
  ASSERT_SUCCESS(keys);
  ASSERT_EQ(keys->size(), 2U);
  const auto& first = keys->front();
  EXPECT_EQ(first.access_key, "RKIA1");
  EXPECT_EQ(first.secret, "secret of RKIA1");
  EXPECT_EQ(first.name, "door 1");
  EXPECT_EQ(first.allowed, role::write);
  EXPECT_EQ(first.collections, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(first.created, at(10));
  EXPECT_EQ(first.revoked, std::nullopt);
  EXPECT_FAILURE(store_->add_key(make_key("RKIA1", 30)), already_exists);
}

TEST_P(log_contract, a_curve_key_belongs_to_one_key) {
  auto key = make_key("RKIA1", 10);
  key.curve_key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
  ASSERT_SUCCESS(store_->add_key(key));
  ASSERT_SUCCESS(store_->add_key(make_key("RKIA2", 20)));
  ASSERT_SUCCESS(store_->add_key(make_key("RKIA3", 30))); // without one, as the one before
  store_.reopen();
  EXPECT_EQ(store_->list_keys()->at(0).curve_key, key.curve_key);
  EXPECT_EQ(store_->list_keys()->at(1).curve_key, "");
  auto other = make_key("RKIA4", 40);
  other.curve_key = key.curve_key;
  EXPECT_FAILURE(store_->add_key(other), already_exists);
}

TEST_P(log_contract, revokes_a_key_once) {
  ASSERT_SUCCESS(store_->add_key(make_key("RKIA1", 10)));
  EXPECT_FAILURE(store_->revoke_key("RKIA2", at(20)), not_found);
  ASSERT_SUCCESS(store_->revoke_key("RKIA1", at(20)));
  ASSERT_SUCCESS(store_->revoke_key("RKIA1", at(30)));
  store_.reopen();
  EXPECT_EQ(store_->list_keys()->at(0).revoked, at(20));
}

// -- decisions

TEST_P(log_contract, a_decision_comes_back_as_it_was_logged) {
  const auto entry = make_decision(7);
  ASSERT_SUCCESS(store_->append_decisions({&entry, 1}));
  store_.reopen();
  const auto found = store_->find_decision(entry.request);
  ASSERT_SUCCESS(found);
  test::expect_equal(*found, entry);
  EXPECT_FAILURE(store_->find_decision({}), not_found);
}

TEST_P(log_contract, a_decision_that_may_be_there_is_there_once) {
  const std::vector first{make_decision(1), make_decision(2)};
  const std::vector again{make_decision(2), make_decision(3), make_decision(3)};
  ASSERT_SUCCESS(store_->append_decisions(first));
  ASSERT_SUCCESS(store_->append_missing_decisions(again));
  const auto all = store_->list_decisions({}, std::nullopt, 10);
  ASSERT_EQ(all->rows.size(), 3U);
  test::expect_equal(all->rows[0], again[1]);
  test::expect_equal(all->rows[1], first[1]);
}

TEST_P(log_contract, lists_decisions_newest_first_in_pages_and_by_filter) {
  std::vector<decision> entries;
  for (std::uint64_t seed = 0; seed < 30; ++seed)
    entries.push_back(make_decision(seed));
  ASSERT_SUCCESS(store_->append_decisions(entries));
  const auto list = [&](const decision_filter& filter, std::size_t limit) {
    std::vector<std::string> probes;
    std::optional<std::uint64_t> before;
    do {
      const auto part = store_->list_decisions(filter, before, limit);
      EXPECT_TRUE(part) << why(part);
      for (const auto& row : part->rows)
        probes.push_back(row.probe);
      before = part->next;
    } while (before);
    return probes;
  };
  const auto expected = [&](const auto& is_wanted) {
    std::vector<std::string> probes;
    for (std::uint64_t seed = 30; seed-- > 0;)
      if (is_wanted(seed))
        probes.push_back("p" + std::to_string(seed));
    return probes;
  };
  EXPECT_EQ(list({}, 7), expected([](auto) { return true; }));
  EXPECT_EQ(list({}, 30), expected([](auto) { return true; }));
  EXPECT_EQ(list({"three", {}, {}}, 4), expected([](auto seed) { return seed % 3 == 0; }));
  EXPECT_EQ(list({{}, "odd", {}}, 4), expected([](auto seed) { return seed % 2 == 1; }));
  EXPECT_EQ(list({{}, {}, "c2"}, 4), expected([](auto seed) { return seed % 5 == 2; }));
  EXPECT_EQ(list({"three", "odd", "c2"}, 1), expected([](auto seed) { return seed % 30 == 27; }));
  EXPECT_TRUE(list({{}, {}, "nobody"}, 1).empty());
  EXPECT_FAILURE(store_->list_decisions({}, std::nullopt, 0), invalid_argument);
}

TEST_P(log_contract, a_candidate_named_twice_lists_its_decision_once) {
  auto entry = make_decision(1);
  entry.candidates = {{"same", 90}, {"same", 80}};
  ASSERT_SUCCESS(store_->append_decisions({&entry, 1}));
  EXPECT_EQ(store_->list_decisions({{}, {}, "same"}, std::nullopt, 10)->rows.size(), 1U);
}

} // namespace

ROLLCALL_OVER_ALL_STORES(log_contract);

} // namespace rollcall::store::testing
