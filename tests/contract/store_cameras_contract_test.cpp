// The contract of store/store.hpp over every implementation: stream processors and the events before them.
#include "store/store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <algorithm>
#include <thread>

namespace rollcall::store::testing {

namespace {

using core::error_code;

core::wall_time at(std::int64_t seconds) {
  return core::wall_time{std::chrono::seconds{seconds}};
}

constexpr std::chrono::minutes a_minute{1};

core::uuid id_of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  return next_uuid(random);
}

stream_processor make_processor(const std::string& name, std::uint64_t seed) {
  stream_processor made;
  made.key = id_of(seed);
  made.name = name;
  made.input = "rtsp://user:word@camera/" + name;
  made.collection = "people";
  made.threshold = 92.5F;
  made.details = R"({"RoleArn":"arn:aws:iam::0:role/x"})";
  made.created = at(100);
  return made;
}

event_record make_event(const stream_processor& of, std::uint64_t seed, const std::string& kind = "TrackBegan") {
  return {0, id_of(1000 + seed), of.key, of.name, of.collection, kind, at(200), at(201), R"({"Kind":")" + kind + "\"}"};
}

class cameras_contract : public store_contract {
protected:
  stream_processor make(const std::string& name, std::uint64_t seed) {
    const auto made = make_processor(name, seed);
    EXPECT_TRUE(store_->create_processor(made));
    return made;
  }
  stream_processor run(const std::string& name, std::uint64_t seed) {
    const auto made = make(name, seed);
    EXPECT_TRUE(store_->start_processor(name, at(110)));
    auto claimed = store_->claim_processor(made.key, "node-1", a_minute);
    EXPECT_TRUE(claimed);
    return *claimed;
  }
  static std::uint64_t number(const core::result<std::uint64_t>& of) {
    EXPECT_TRUE(of);
    return of ? *of : 99;
  }
  template <class Result>
  static error_code code(const Result& of) {
    return of ? error_code::internal : of.failure().code;
  }
};

TEST_P(cameras_contract, a_processor_is_kept_as_it_was_made_and_stands_still) {
  const auto made = make("door", 1);
  store_.reopen();
  const auto found = store_->find_processor("door");
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->key, made.key);
  EXPECT_EQ(found->input, made.input);
  EXPECT_EQ(found->collection, "people");
  EXPECT_EQ(found->threshold, 92.5F);
  EXPECT_EQ(found->details, made.details);
  EXPECT_EQ(found->status, processor_status::stopped);
  EXPECT_FALSE(found->is_started);
  EXPECT_EQ(found->created, at(100));
  EXPECT_EQ(found->updated, at(100));
  EXPECT_EQ(code(store_->find_processor("Door")), error_code::not_found);
}

TEST_P(cameras_contract, names_and_keys_are_unique) {
  make("door", 1);
  EXPECT_EQ(code(store_->create_processor(make_processor("door", 2))), error_code::already_exists);
  EXPECT_EQ(code(store_->create_processor(make_processor("gate", 1))), error_code::already_exists);
  ASSERT_SUCCESS(store_->create_processor(make_processor("gate", 2)));
}

TEST_P(cameras_contract, are_listed_by_name_in_pages) {
  for (const auto* name : {"c", "a", "B", "b"})
    make(name, static_cast<std::uint64_t>(name[0]));
  auto page = store_->list_processors("", 3);
  ASSERT_SUCCESS(page);
  std::string names;
  for (const auto& one : page->rows)
    names += one.name;
  EXPECT_EQ(names, "Bab");
  EXPECT_EQ(page->next, "b");
  page = store_->list_processors(*page->next, 3);
  ASSERT_SUCCESS(page);
  ASSERT_EQ(page->rows.size(), 1U);
  EXPECT_EQ(page->rows[0].name, "c");
  EXPECT_FALSE(page->next);
  EXPECT_EQ(code(store_->list_processors("", 0)), error_code::invalid_argument);
}

TEST_P(cameras_contract, go_from_start_to_stop) {
  const auto made = make("door", 1);
  EXPECT_EQ(code(store_->stop_processor("door", at(5))), error_code::conflict);
  EXPECT_EQ(code(store_->claim_processor(made.key, "node-1", a_minute)), error_code::conflict);
  const auto started = store_->start_processor("door", at(110));
  ASSERT_SUCCESS(started);
  EXPECT_EQ(started->status, processor_status::starting);
  EXPECT_EQ(started->run, 1U);
  EXPECT_TRUE(started->is_started);
  EXPECT_EQ(code(store_->start_processor("door", at(111))), error_code::conflict);
  EXPECT_EQ(code(store_->delete_processor("door")), error_code::conflict);
  const auto claimed = store_->claim_processor(made.key, "node-1", a_minute);
  ASSERT_SUCCESS(claimed);
  EXPECT_EQ(claimed->node, "node-1");
  ASSERT_SUCCESS(store_->report_processor(made.key, claimed->epoch, processor_status::running, "", at(112)));
  const auto stopping = store_->stop_processor("door", at(113));
  ASSERT_SUCCESS(stopping);
  EXPECT_EQ(stopping->status, processor_status::stopping);
  // What the node says before it has learned of that.
  const auto late = store_->report_processor(made.key, claimed->epoch, processor_status::running, "", at(114));
  ASSERT_SUCCESS(late);
  EXPECT_EQ(late->status, processor_status::stopping);
  ASSERT_SUCCESS(store_->report_processor(made.key, claimed->epoch, processor_status::stopped, "", at(115)));
  EXPECT_EQ(code(store_->report_processor(made.key, claimed->epoch, processor_status::running, "", at(116))),
            error_code::conflict);
  store_.reopen();
  const auto found = store_->find_processor("door");
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->status, processor_status::stopped);
  EXPECT_EQ(found->updated, at(115));
  ASSERT_SUCCESS(store_->delete_processor("door"));
  EXPECT_EQ(code(store_->delete_processor("door")), error_code::not_found);
}

TEST_P(cameras_contract, what_its_maker_said_is_replaced_by_who_knows_it) {
  const auto made = make("door", 1);
  make("gate", 2);
  ASSERT_SUCCESS(store_->start_processor("door", at(105)));
  const auto changed = store_->replace_details("door", made.details, R"({"RoleArn": "other"})", at(110));
  ASSERT_SUCCESS(changed);
  EXPECT_EQ(changed->details, R"({"RoleArn": "other"})");
  EXPECT_EQ(changed->status, processor_status::starting);
  EXPECT_EQ(code(store_->replace_details("door", made.details, "late", at(111))), error_code::conflict);
  EXPECT_EQ(code(store_->replace_details("Door", made.details, "late", at(111))), error_code::not_found);
  store_.reopen();
  const auto found = store_->find_processor("door");
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->details, R"({"RoleArn": "other"})");
  EXPECT_EQ(found->updated, at(110));
  EXPECT_EQ(store_->find_processor("gate")->details, made.details);
}

TEST_P(cameras_contract, one_that_nobody_claimed_stops_at_once) {
  make("door", 1);
  ASSERT_SUCCESS(store_->start_processor("door", at(110)));
  const auto stopped = store_->stop_processor("door", at(111));
  ASSERT_SUCCESS(stopped);
  EXPECT_EQ(stopped->status, processor_status::stopped);
}

TEST_P(cameras_contract, one_that_failed_says_why_and_can_be_started_again) {
  const auto one = run("door", 1);
  ASSERT_SUCCESS(store_->report_processor(one.key, one.epoch, processor_status::failed, "No such file.", at(120)));
  const auto failed = store_->find_processor("door");
  ASSERT_SUCCESS(failed);
  EXPECT_EQ(failed->message, "No such file.");
  EXPECT_FALSE(failed->is_started);
  const auto again = store_->start_processor("door", at(121));
  ASSERT_SUCCESS(again);
  EXPECT_EQ(again->run, 2U);
  EXPECT_EQ(again->message, "");
}

TEST_P(cameras_contract, only_the_last_claim_may_write) {
  const auto first = run("door", 1);
  const auto event = make_event(first, 1);
  ASSERT_SUCCESS(store_->renew_claims("node-1", std::chrono::milliseconds{0}));
  const auto second = store_->claim_processor(first.key, "node-2", a_minute);
  ASSERT_SUCCESS(second);
  EXPECT_GT(second->epoch, first.epoch);
  EXPECT_EQ(code(store_->append_events(first.key, first.epoch, {{event}})), error_code::conflict);
  EXPECT_EQ(code(store_->report_processor(first.key, first.epoch, processor_status::running, "", at(120))),
            error_code::conflict);
  EXPECT_EQ(number(store_->last_event()), 0U);
  ASSERT_SUCCESS(store_->append_events(first.key, second->epoch, {{event}}));
  EXPECT_EQ(code(store_->append_events(id_of(77), 1, {{event}})), error_code::not_found);
}

TEST_P(cameras_contract, a_claim_keeps_others_away_until_it_runs_out) {
  const auto door = run("door", 1);
  const auto gate = run("gate", 2);
  EXPECT_EQ(code(store_->claim_processor(door.key, "node-2", a_minute)), error_code::conflict);
  // The same node, started again: its earlier process is gone.
  const auto again = store_->claim_processor(door.key, "node-1", a_minute);
  ASSERT_SUCCESS(again);
  EXPECT_GT(again->epoch, door.epoch);
  std::vector<processor_claim> wanted{{door.key, again->epoch}, {gate.key, gate.epoch}};
  std::ranges::sort(wanted, {}, &processor_claim::processor);
  const auto held = store_->renew_claims("node-1", std::chrono::milliseconds{0});
  ASSERT_SUCCESS(held);
  EXPECT_EQ(*held, wanted);
  EXPECT_EQ(store_->renew_claims("node-2", a_minute)->size(), 0U);
  ASSERT_SUCCESS(store_->claim_processor(door.key, "node-2", a_minute)); // it had run out
  ASSERT_SUCCESS(store_->report_processor(gate.key, gate.epoch, processor_status::failed, "", at(120)));
  EXPECT_EQ(store_->renew_claims("node-1", a_minute)->size(), 0U);
  EXPECT_EQ(store_->renew_claims("node-2", a_minute)->size(), 1U);
}

TEST_P(cameras_contract, one_that_is_given_back_is_anybodys_and_tells_until_when_it_was_watched) {
  const auto door = run("door", 1);
  const auto held = store_->find_processor("door");
  ASSERT_SUCCESS(held);
  ASSERT_SUCCESS(store_->report_processor(door.key, door.epoch, processor_status::starting, "", at(120)));
  store_.reopen();
  const auto given = store_->find_processor("door");
  ASSERT_SUCCESS(given);
  EXPECT_EQ(given->status, processor_status::starting);
  EXPECT_TRUE(given->is_started);
  EXPECT_EQ(given->node, "");
  EXPECT_EQ(given->claimed_until, held->claimed_until);
  EXPECT_EQ(store_->renew_claims("node-1", a_minute)->size(), 0U);
  const auto taken = store_->claim_processor(door.key, "node-2", a_minute);
  ASSERT_SUCCESS(taken);
  EXPECT_EQ(code(store_->append_events(door.key, door.epoch, {{make_event(door, 1)}})), error_code::conflict);
  // One that is being stopped meanwhile stays its node's, who says when it has stopped.
  ASSERT_SUCCESS(store_->stop_processor("door", at(121)));
  ASSERT_SUCCESS(store_->report_processor(door.key, taken->epoch, processor_status::starting, "", at(122)));
  EXPECT_EQ(store_->find_processor("door")->status, processor_status::stopping);
  ASSERT_SUCCESS(store_->report_processor(door.key, taken->epoch, processor_status::stopped, "", at(123)));
  const auto again = store_->start_processor("door", at(124));
  ASSERT_SUCCESS(again);
  EXPECT_EQ(again->claimed_until, core::wall_time{}); // nobody watched this run yet
}

TEST_P(cameras_contract, events_have_numbers_without_gaps_and_are_stored_once) {
  const auto one = run("door", 1);
  const std::vector<event_record> first{make_event(one, 1), make_event(one, 2)};
  const auto numbers = store_->append_events(one.key, one.epoch, first);
  ASSERT_SUCCESS(numbers);
  EXPECT_EQ(*numbers, (std::vector<std::uint64_t>{1, 2}));
  const std::vector<event_record> again{make_event(one, 2), make_event(one, 3, "TrackEnded")};
  const auto more = store_->append_events(one.key, one.epoch, again);
  ASSERT_SUCCESS(more);
  EXPECT_EQ(*more, (std::vector<std::uint64_t>{2, 3}));
  store_.reopen();
  EXPECT_EQ(number(store_->last_event()), 3U);
  const auto all = store_->list_events({}, 0, 100);
  ASSERT_SUCCESS(all);
  ASSERT_EQ(all->rows.size(), 3U);
  const auto& last = all->rows[2];
  EXPECT_EQ(last.seq, 3U);
  EXPECT_EQ(last.id, again[1].id);
  EXPECT_EQ(last.processor, one.key);
  EXPECT_EQ(last.camera, "door");
  EXPECT_EQ(last.collection, "people");
  EXPECT_EQ(last.kind, "TrackEnded");
  EXPECT_EQ(last.captured, at(200));
  EXPECT_EQ(last.decided, at(201));
  EXPECT_EQ(last.body, again[1].body);
}

TEST_P(cameras_contract, events_are_listed_from_a_number_on_and_by_what_they_are) {
  const auto door = run("door", 1);
  const auto gate = run("gate", 2);
  for (std::uint64_t i = 1; i <= 6; ++i) {
    const auto& of = i % 2 == 0 ? door : gate;
    ASSERT_SUCCESS(store_->append_events(of.key, of.epoch, {{make_event(of, i, i > 3 ? "TrackEnded" : "TrackBegan")}}));
  }
  const auto numbers = [&](const event_filter& filter, std::uint64_t after, std::size_t limit) {
    std::string told;
    const auto page = store_->list_events(filter, after, limit);
    EXPECT_TRUE(page);
    for (const auto& row : page->rows)
      told += std::to_string(row.seq);
    return told + (page->next ? "+" + std::to_string(*page->next) : "");
  };
  EXPECT_EQ(numbers({}, 2, 3), "345+5");
  EXPECT_EQ(numbers({}, 5, 3), "6");
  EXPECT_EQ(numbers({.camera = "door"}, 0, 9), "246");
  EXPECT_EQ(numbers({.kind = "TrackEnded"}, 0, 2), "45+5");
  EXPECT_EQ(numbers({.camera = "gate", .kind = "TrackBegan"}, 1, 9), "3");
  EXPECT_EQ(numbers({.collection = "others"}, 0, 9), "");
  EXPECT_EQ(numbers({}, std::numeric_limits<std::uint64_t>::max(), 9), "");
}

TEST_P(cameras_contract, the_event_before_another_of_a_camera_is_known) {
  const auto door = run("door", 1);
  const auto gate = run("gate", 2);
  EXPECT_EQ(number(store_->last_event_of("door", 9)), 0U);
  for (std::uint64_t i = 1; i <= 6; ++i) {
    const auto& of = i % 3 == 0 ? door : gate;
    ASSERT_SUCCESS(store_->append_events(of.key, of.epoch, {{make_event(of, i)}}));
  }
  EXPECT_EQ(number(store_->last_event_of("door", std::numeric_limits<std::uint64_t>::max())), 6U);
  EXPECT_EQ(number(store_->last_event_of("door", 6)), 3U);
  EXPECT_EQ(number(store_->last_event_of("door", 3)), 0U);
  EXPECT_EQ(number(store_->last_event_of("gate", 6)), 5U);
  EXPECT_EQ(number(store_->last_event_of("none", 6)), 0U);
}

TEST_P(cameras_contract, old_events_are_forgotten_and_their_numbers_never_given_again) {
  const auto one = run("door", 1);
  for (std::uint64_t i = 1; i <= 4; ++i) {
    auto event = make_event(one, i);
    event.decided = at(static_cast<std::int64_t>(i));
    ASSERT_SUCCESS(store_->append_events(one.key, one.epoch, {{event}}));
  }
  EXPECT_EQ(number(store_->prune_events(at(4), 2)), 2U);
  EXPECT_EQ(number(store_->prune_events(at(4), 2)), 1U);
  EXPECT_EQ(number(store_->prune_events(at(4), 2)), 0U);
  const auto left = store_->list_events({}, 0, 9);
  ASSERT_SUCCESS(left);
  ASSERT_EQ(left->rows.size(), 1U);
  EXPECT_EQ(left->rows[0].seq, 4U);
  EXPECT_EQ(number(store_->prune_events(at(5), 9)), 1U);
  const auto next = store_->append_events(one.key, one.epoch, {{make_event(one, 5)}});
  ASSERT_SUCCESS(next);
  EXPECT_EQ(next->front(), 5U);
}

TEST_P(cameras_contract, whoever_reads_events_by_number_misses_none_of_many_writers) {
  std::vector<stream_processor> cameras;
  for (std::uint64_t i = 0; i < 4; ++i)
    cameras.push_back(run("camera" + std::to_string(i), i + 1));
  constexpr std::uint64_t each = 40;
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < cameras.size(); ++i)
    writers.emplace_back([&, i] {
      for (std::uint64_t n = 0; n < each; ++n)
        EXPECT_TRUE(store_->append_events(cameras[i].key, cameras[i].epoch, {{make_event(cameras[i], i * 1000 + n)}}));
    });
  std::vector<std::uint64_t> seen;
  while (seen.size() < cameras.size() * each) {
    const auto page = store_->list_events({}, seen.empty() ? 0 : seen.back(), 7);
    ASSERT_TRUE(page);
    for (const auto& row : page->rows)
      seen.push_back(row.seq);
  }
  for (auto& one : writers)
    one.join();
  for (std::size_t i = 0; i < seen.size(); ++i)
    ASSERT_EQ(seen[i], i + 1);
}

ROLLCALL_OVER_ALL_STORES(cameras_contract);

} // namespace

} // namespace rollcall::store::testing
