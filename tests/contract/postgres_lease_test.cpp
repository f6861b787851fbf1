// Who may do what for how long: one at a time, whatever clocks and others do.
#include "tests/contract/membership_fixture.hpp"

#include <latch>
#include <set>
#include <thread>

namespace rollcall::store::testing {

namespace {

using postgres_lease = postgres_membership;

TEST_F(postgres_lease, a_lease_has_one_holder_at_a_time) {
  const auto taken = members_->take_lease("l", "a", span);
  ASSERT_TRUE(taken && *taken) << why(taken);
  EXPECT_EQ((*taken)->token, 1U);
  EXPECT_EQ((*taken)->left, span);
  const auto refused = members_->take_lease("l", "b", span);
  ASSERT_SUCCESS(refused);
  EXPECT_FALSE(*refused);
  EXPECT_TRUE(*members_->take_lease("another", "b", span));
  advance(span - 1ms);
  EXPECT_FALSE(*members_->take_lease("l", "b", span));
  EXPECT_EQ((*members_->take_lease("l", "a", span))->token, 1U); // prolonged
  EXPECT_EQ((*members_->take_lease("l", "a", 1ms))->left, span); // not shortened
  advance(span);
  EXPECT_EQ((*members_->take_lease("l", "b", span))->token, 2U);
  advance(span);
  EXPECT_EQ((*members_->take_lease("l", "b", span))->token, 3U); // it had run out: others may have seen that
}

TEST_F(postgres_lease, a_lease_that_is_given_back_is_free) {
  become_controller("a");
  ASSERT_SUCCESS(members_->release_lease(controller_lease, "b"));
  EXPECT_FALSE(*members_->take_lease(controller_lease, "b", span));
  ASSERT_SUCCESS(members_->release_lease(controller_lease, "a"));
  EXPECT_EQ((*members_->take_lease(controller_lease, "b", span))->token, 2U);
}

TEST_F(postgres_lease, a_former_controller_changes_nothing) {
  join("a");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto change = put(0, "a");
  EXPECT_FAILURE(members_->change_placements({&change, 1}, 0), conflict); // nobody ever was
  const auto token = become_controller("first");
  ASSERT_SUCCESS(members_->change_placements({&change, 1}, token));
  EXPECT_FAILURE(members_->change_placements({&change, 1}, token + 1), conflict);
  advance(span); // nobody else has taken it yet: all the same
  EXPECT_FAILURE(members_->change_placements({&change, 1}, token), conflict);
  const auto next = become_controller("second");
  EXPECT_FAILURE(members_->change_placements({&change, 1}, token), conflict);
  EXPECT_FAILURE(members_->mark_node("a", node_state::draining, token), conflict);
  ASSERT_SUCCESS(members_->mark_node("a", node_state::draining, next));
}

// What eight processes do at the same moment, and how many of them succeed.
int count_winners(const std::vector<std::unique_ptr<membership>>& processes,
                  const std::function<bool(membership&, std::size_t)>& attempt) {
  std::latch start(static_cast<std::ptrdiff_t>(processes.size()));
  std::atomic<int> winners = 0;
  std::vector<std::thread> all;
  all.reserve(processes.size());
  for (std::size_t i = 0; i < processes.size(); ++i)
    all.emplace_back([&, i] {
      start.arrive_and_wait();
      winners += attempt(*processes[i], i) ? 1 : 0;
    });
  for (auto& one : all)
    one.join();
  return winners;
}

TEST_F(postgres_lease, of_many_who_come_at_once_one_gets_the_lease_and_one_the_name) {
  std::vector<std::unique_ptr<membership>> processes;
  std::generate_n(std::back_inserter(processes), 8, [this] { return open(); });
  join("n");
  for (int round = 0; round < 25; ++round) {
    advance(span);
    EXPECT_EQ(count_winners(processes,
                            [](membership& members, std::size_t i) {
                              const auto taken = members.take_lease("l", "h" + std::to_string(i), span);
                              return taken && *taken;
                            }),
              1);
    EXPECT_EQ(
        count_winners(processes,
                      [&](membership& members, std::size_t i) {
                        const core::uuid instance{{static_cast<std::uint8_t>(round), static_cast<std::uint8_t>(i), 7}};
                        return members.register_node(make_node("n"), instance, span).has_value();
                      }),
        1);
  }
  EXPECT_EQ(find("n").generation, 26U);
}

// A change that is under way when its maker's lease runs out is done before anybody else is the controller.
TEST_F(postgres_lease, the_next_controller_waits_for_the_last_change_of_the_one_before) {
  join("a");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller("first");
  server_.run(uri_, "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
                    "'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END'; "
                    "CREATE TRIGGER slow AFTER INSERT ON placements FOR EACH STATEMENT EXECUTE FUNCTION dawdle()");
  std::thread first([&] {
    const auto change = put(0, "a");
    const auto done = members_->change_placements({&change, 1}, token);
    EXPECT_TRUE(done) << why(done);
  });
  const auto until = core::deadline::in(20s);
  while (server_.query(uri_, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "0")
    ASSERT_FALSE(until.has_passed());
  advance(span);
  const auto second = open();
  const auto taken = second->take_lease(controller_lease, "second", span);
  EXPECT_TRUE(taken && *taken) << why(taken);
  EXPECT_EQ(second->find_map()->placements.size(), 1U);
  first.join();
}

// The clock of the server goes back and forth while eight processes want to be the controller.
TEST_F(postgres_lease, there_are_never_two_controllers_whatever_the_clock_does) {
  join("a");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  std::atomic<bool> is_over = false;
  std::mutex mutex;
  std::map<std::uint64_t, std::set<std::string>> holders; // by token
  std::vector<std::uint64_t> changed;                     // tokens, by the version that their change made
  std::vector<std::thread> wanting;
  for (int i = 0; i < 8; ++i)
    wanting.emplace_back([&, holder = "h" + std::to_string(i)] {
      const auto members = open();
      while (!is_over) {
        const auto taken = members->take_lease(controller_lease, holder, 50ms);
        if (!taken || !*taken)
          continue;
        const auto change = put(0, "a");
        const auto version = members->change_placements({&change, 1}, (*taken)->token);
        const std::lock_guard lock(mutex);
        holders[(*taken)->token].insert(holder);
        if (!version)
          continue;
        changed.resize(std::max<std::size_t>(changed.size(), *version + 1));
        changed[*version] = (*taken)->token;
      }
    });
  const auto enough = [&] {
    const std::lock_guard lock(mutex);
    return holders.size() >= 30;
  };
  std::mt19937_64 random(5);
  const auto until = core::deadline::in(20s);
  while (!enough() && !until.has_passed())
    advance(milliseconds{std::uniform_int_distribution<std::int64_t>(-60, 100)(random)});
  is_over = true;
  for (auto& one : wanting)
    one.join();
  EXPECT_TRUE(enough());
  for (const auto& [token, who] : holders)
    EXPECT_EQ(who.size(), 1U) << token;
  std::uint64_t last = 0;
  for (const auto token : changed)
    if (token != 0) {
      EXPECT_GE(token, last); // no change by a former controller after one by its successor
      last = token;
    }
  EXPECT_GT(last, 0U);
}

} // namespace

} // namespace rollcall::store::testing
