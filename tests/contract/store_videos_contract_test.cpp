// The contract of store/videos.hpp over every implementation: video jobs and what they found.
#include "store/store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <algorithm>
#include <thread>

namespace rollcall::store::testing {

namespace {

using core::error_code;

core::wall_time moment(std::int64_t seconds) {
  return core::wall_time{std::chrono::seconds{seconds}};
}

constexpr std::chrono::minutes long_span{1};

video_job make_job(char digit, video_kind kind = video_kind::face_search) {
  video_job made;
  made.id = std::string(64, digit);
  made.kind = kind;
  made.bucket = "films";
  made.object = "2026/door.mp4";
  made.threshold = 92.5F;
  made.wants_all = true;
  made.tag = "night-shift";
  made.principal = "console";
  made.access_key = "RKIA0000000000000000";
  made.purpose = "theft";
  made.created = moment(100);
  if (kind == video_kind::face_search) {
    std::mt19937_64 random(7);
    made.collection_key = {next_uuid(random)};
    made.collection = "people";
  }
  return made;
}

video_result make_result(std::int64_t ms, std::uint32_t person, std::uint32_t rank = 0) {
  return {0, std::chrono::milliseconds{ms}, person, person + 10U, rank, "{\"At\":" + std::to_string(ms) + "}"};
}

std::string times_of(const std::vector<video_result>& of) {
  std::string text;
  for (const auto& one : of)
    text.append(text.empty() ? "" : " ").append(std::to_string(one.at.count()));
  return text;
}

template <class Result>
error_code code(const Result& of) {
  return of ? error_code::internal : of.failure().code;
}

class videos_contract : public store_contract {
protected:
  video_store& in() { return store_->videos(); }
  video_job begin(char digit, const std::string& node = "node-1") {
    EXPECT_TRUE(in().start(make_job(digit), {}));
    auto claimed = in().claim(std::string(64, digit), node, long_span);
    EXPECT_TRUE(claimed);
    return *claimed;
  }
  static video_claim of(const video_job& job) { return {job.id, job.epoch}; }
  void finish(const video_job& job, video_status how, std::int64_t at) {
    ASSERT_SUCCESS(in().finish(of(job), how, "", moment(at)));
  }
};

TEST_P(videos_contract, a_job_is_kept_as_it_was_started) {
  const auto made = make_job('a');
  const auto started = in().start(made, {});
  ASSERT_SUCCESS(started);
  store_.reopen();
  const auto found = in().find(made.id);
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->kind, video_kind::face_search);
  EXPECT_EQ(found->bucket, "films");
  EXPECT_EQ(found->object, "2026/door.mp4");
  EXPECT_EQ(found->collection_key, made.collection_key);
  EXPECT_EQ(found->collection, "people");
  EXPECT_EQ(found->threshold, 92.5F);
  EXPECT_TRUE(found->wants_all);
  EXPECT_EQ(found->tag, "night-shift");
  EXPECT_EQ(found->principal, "console");
  EXPECT_EQ(found->access_key, made.access_key);
  EXPECT_EQ(found->purpose, "theft");
  EXPECT_EQ(found->created, moment(100));
  EXPECT_EQ(found->status, video_status::in_progress);
  EXPECT_EQ(found->node, "");
  EXPECT_EQ(found->frames, 0U);
  EXPECT_EQ(code(in().find(std::string(64, 'b'))), error_code::not_found);
  EXPECT_EQ(code(in().start(made, {})), error_code::already_exists);
}

TEST_P(videos_contract, a_token_starts_one_job_and_only_with_the_same_parameters) {
  const auto first = make_job('a');
  ASSERT_SUCCESS(in().start(first, {"StartFaceSearch:t1", "print"}));
  store_.reopen();
  const auto again = in().start(make_job('b'), {"StartFaceSearch:t1", "print"});
  ASSERT_SUCCESS(again);
  EXPECT_EQ(again->id, first.id);
  EXPECT_EQ(code(in().start(make_job('c'), {"StartFaceSearch:t1", "other"})), error_code::idempotency_mismatch);
  EXPECT_EQ(code(in().find(std::string(64, 'b'))), error_code::not_found);
  ASSERT_SUCCESS(in().start(make_job('d'), {"StartFaceDetection:t1", "other"}));
  // No token is no mark.
  ASSERT_SUCCESS(in().start(make_job('e'), {}));
  ASSERT_SUCCESS(in().start(make_job('f'), {}));
}

TEST_P(videos_contract, what_was_started_with_a_token_is_known_by_it) {
  ASSERT_SUCCESS(in().start(make_job('a'), {"StartFaceSearch:t1", "print"}));
  ASSERT_SUCCESS(in().start(make_job('b'), {}));
  store_.reopen();
  const auto known = in().recall({"StartFaceSearch:t1", "print"});
  ASSERT_SUCCESS(known);
  ASSERT_TRUE(*known);
  EXPECT_EQ((*known)->id, std::string(64, 'a'));
  EXPECT_EQ(code(in().recall({"StartFaceSearch:t1", "other"})), error_code::idempotency_mismatch);
  for (const auto& token : {client_token{"StartFaceSearch:t2", "print"}, client_token{}}) {
    const auto none = in().recall(token);
    ASSERT_SUCCESS(none);
    EXPECT_FALSE(*none);
  }
}

TEST_P(videos_contract, only_so_many_are_in_progress_at_once) {
  std::string id(64, '0');
  const auto numbered = [&](std::size_t n) {
    auto job = make_job('0');
    job.id.replace(62, 2, n < 10 ? "0" + std::to_string(n) : std::to_string(n));
    return job;
  };
  for (std::size_t i = 0; i < most_open_videos; ++i)
    ASSERT_SUCCESS(in().start(numbered(i), i == 3 ? client_token{"t", "p"} : client_token{}));
  EXPECT_EQ(code(in().start(numbered(50), {})), error_code::quota_exceeded);
  ASSERT_SUCCESS(in().start(numbered(51), {"t", "p"})); // the one that is there
  const auto open = in().list_open();
  ASSERT_SUCCESS(open);
  ASSERT_EQ(open->size(), most_open_videos);
  EXPECT_EQ(open->front().id, numbered(0).id);
  EXPECT_EQ(open->back().id, numbered(most_open_videos - 1).id);
  const auto claimed = in().claim(numbered(0).id, "node-1", long_span);
  ASSERT_SUCCESS(claimed);
  finish(*claimed, video_status::failed, 200);
  ASSERT_SUCCESS(in().start(numbered(50), {}));
}

TEST_P(videos_contract, only_the_last_claim_may_write) {
  const auto first = begin('a');
  ASSERT_SUCCESS(in().renew("node-1", std::chrono::milliseconds{0}));
  const auto second = in().claim(first.id, "node-2", long_span);
  ASSERT_SUCCESS(second);
  EXPECT_GT(second->epoch, first.epoch);
  EXPECT_EQ(code(in().append(of(first), {1, 25, "", {make_result(0, 0)}, {}, {}})), error_code::conflict);
  EXPECT_EQ(code(in().rewind(of(first), 10)), error_code::conflict);
  EXPECT_EQ(code(in().finish(of(first), video_status::succeeded, "", moment(200))), error_code::conflict);
  ASSERT_SUCCESS(in().append(of(*second), {1, 25, "{}", {make_result(0, 0)}, {}, {}}));
  EXPECT_EQ(in().list_results(first.id, video_order::time, {}, 10)->rows.size(), 1U);
  EXPECT_EQ(code(in().append({std::string(64, 'x'), 1}, {})), error_code::not_found);
}

TEST_P(videos_contract, a_claim_keeps_others_away_until_it_runs_out) {
  const auto one = begin('a');
  const auto two = begin('b');
  EXPECT_EQ(code(in().claim(one.id, "node-2", long_span)), error_code::conflict);
  // The same node, started again: its earlier process is gone.
  const auto again = in().claim(one.id, "node-1", long_span);
  ASSERT_SUCCESS(again);
  EXPECT_GT(again->epoch, one.epoch);
  const auto held = in().renew("node-1", std::chrono::milliseconds{0});
  ASSERT_SUCCESS(held);
  EXPECT_EQ(*held, (std::vector<video_claim>{of(*again), of(two)}));
  ASSERT_SUCCESS(in().claim(one.id, "node-2", long_span)); // it had run out
  finish(two, video_status::succeeded, 200);
  EXPECT_EQ(in().renew("node-1", long_span)->size(), 0U);
  EXPECT_EQ(in().renew("node-2", long_span)->size(), 1U);
  EXPECT_EQ(code(in().claim(two.id, "node-2", long_span)), error_code::conflict); // over
}

TEST_P(videos_contract, progress_is_stored_whole_and_results_come_in_both_orders_by_pages) {
  const auto job = begin('a');
  ASSERT_SUCCESS(in().append(of(job), {1,
                                       50,
                                       R"({"Codec":"h264"})",
                                       {make_result(0, 1, 7), make_result(0, 0), make_result(200, 1, 3)},
                                       {},
                                       {{11, "[1]"}}}));
  ASSERT_SUCCESS(
      in().append(of(job), {2, 75, R"({"Codec":"h264"})", {make_result(400, 0)}, {}, {{11, "[2]"}, {10, ""}}}));
  store_.reopen();
  const auto found = in().find(job.id);
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->frames, 75U);
  EXPECT_EQ(found->metadata, R"({"Codec":"h264"})");
  auto page = in().list_results(job.id, video_order::time, {}, 3);
  ASSERT_SUCCESS(page);
  EXPECT_EQ(times_of(page->rows), "0 0 200");
  EXPECT_EQ(page->rows[0].person, 1U);
  EXPECT_EQ(page->rows[0].track, 11U);
  EXPECT_EQ(page->rows[0].seq, 1U);
  EXPECT_EQ(page->rows[2].body, R"({"At":200})");
  ASSERT_TRUE(page->next);
  page = in().list_results(job.id, video_order::time, page->next, 3);
  ASSERT_SUCCESS(page);
  EXPECT_EQ(times_of(page->rows), "400");
  EXPECT_FALSE(page->next);
  page = in().list_results(job.id, video_order::person, {}, 3);
  ASSERT_SUCCESS(page);
  EXPECT_EQ(times_of(page->rows), "0 400 200"); // person 0 by time, person 1 by rank
  page = in().list_results(job.id, video_order::person, page->next, 3);
  ASSERT_SUCCESS(page);
  EXPECT_EQ(times_of(page->rows), "0");
  const std::vector<std::uint64_t> tracks{11, 10, 11, 99};
  const auto matches = in().find_matches(job.id, tracks);
  ASSERT_SUCCESS(matches);
  ASSERT_EQ(matches->size(), 2U);
  EXPECT_EQ(matches->at(0).track, 10U);
  EXPECT_EQ(matches->at(1).body, "[2]");
  EXPECT_EQ(code(in().list_results(job.id, video_order::time, {}, 0)), error_code::invalid_argument);
  EXPECT_EQ(code(in().list_results("x", video_order::time, {}, 1)), error_code::not_found);
}

TEST_P(videos_contract, a_step_that_is_said_again_is_stored_once_and_none_may_be_missing) {
  const auto job = begin('a');
  const video_progress first{1, 25, "", {make_result(0, 0)}, {}, {}};
  ASSERT_SUCCESS(in().append(of(job), first));
  ASSERT_SUCCESS(in().append(of(job), first));
  EXPECT_EQ(code(in().append(of(job), {3, 75, "", {make_result(400, 0)}, {}, {}})), error_code::conflict);
  ASSERT_SUCCESS(in().append(of(job), {2, 50, "", {make_result(200, 0)}, {}, {}}));
  EXPECT_EQ(times_of(in().list_results(job.id, video_order::time, {}, 9)->rows), "0 200");
  EXPECT_EQ(in().find(job.id)->steps, 2U);
}

TEST_P(videos_contract, a_later_person_becomes_the_earlier_one_in_all_that_is_stored) {
  const auto job = begin('a');
  ASSERT_SUCCESS(in().append(of(job), {1, 25, "", {make_result(0, 0), make_result(200, 2)}, {}, {}}));
  ASSERT_SUCCESS(in().append(of(job), {2, 50, "", {make_result(400, 2), make_result(400, 1)}, {{2, 0}}, {}}));
  const auto page = in().list_results(job.id, video_order::person, {}, 9);
  ASSERT_SUCCESS(page);
  EXPECT_EQ(times_of(page->rows), "0 200 400 400");
  EXPECT_EQ(page->rows[2].person, 0U);
  EXPECT_EQ(page->rows[2].track, 12U); // the visit stays
  EXPECT_EQ(page->rows[3].person, 1U);
}

TEST_P(videos_contract, one_that_begins_anew_has_nothing_of_before) {
  const auto job = begin('a');
  ASSERT_SUCCESS(in().append(
      of(job), {1, 50, "", {make_result(0, 0), make_result(200, 0), make_result(400, 0)}, {}, {{10, "[1]"}}}));
  auto more = in().rewind(of(job), 2);
  ASSERT_SUCCESS(more);
  EXPECT_TRUE(*more);
  more = in().rewind(of(job), 2);
  ASSERT_SUCCESS(more);
  EXPECT_FALSE(*more);
  EXPECT_EQ(in().find(job.id)->frames, 0U);
  const std::vector<std::uint64_t> tracks{10};
  EXPECT_EQ(in().find_matches(job.id, tracks)->size(), 0U);
  ASSERT_SUCCESS(in().append(of(job), {2, 25, "", {make_result(600, 0)}, {}, {}}));
  const auto page = in().list_results(job.id, video_order::time, {}, 9);
  ASSERT_SUCCESS(page);
  EXPECT_EQ(times_of(page->rows), "600");
  EXPECT_EQ(page->rows[0].seq, 1U);
}

TEST_P(videos_contract, one_that_is_over_says_how_and_takes_no_more) {
  const auto job = begin('a');
  ASSERT_SUCCESS(in().finish(of(job), video_status::failed, "The video is damaged.", moment(300)));
  store_.reopen();
  const auto found = in().find(job.id);
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->status, video_status::failed);
  EXPECT_EQ(found->message, "The video is damaged.");
  EXPECT_EQ(found->completed, moment(300));
  EXPECT_EQ(code(in().append(of(job), {})), error_code::conflict);
  EXPECT_EQ(code(in().finish(of(job), video_status::succeeded, "", moment(301))), error_code::conflict);
  EXPECT_EQ(in().list_open()->size(), 0U);
}

TEST_P(videos_contract, old_ones_go_with_their_results_and_their_token) {
  ASSERT_SUCCESS(in().start(make_job('a'), {"t", "p"}));
  const auto old = in().claim(std::string(64, 'a'), "node-1", long_span);
  ASSERT_SUCCESS(old);
  const auto young = begin('b');
  const auto open = begin('c');
  for (const auto* job : {&*old, &young, &open})
    ASSERT_SUCCESS(in().append(of(*job), {1, 50, "", {make_result(0, 0), make_result(200, 0)}, {}, {{10, "[1]"}}}));
  finish(*old, video_status::succeeded, 300);
  finish(young, video_status::failed, 400);
  auto more = in().prune(moment(400), 1);
  ASSERT_SUCCESS(more);
  EXPECT_TRUE(*more);
  EXPECT_EQ(code(in().find(old->id)), error_code::not_found); // before its last result has gone
  EXPECT_EQ(code(in().list_results(old->id, video_order::time, {}, 9)), error_code::not_found);
  int rounds = 0;
  for (; more && *more; ++rounds)
    more = in().prune(moment(400), 1);
  ASSERT_SUCCESS(more);
  EXPECT_LE(rounds, 4);
  ASSERT_SUCCESS(in().find(young.id));
  EXPECT_EQ(in().list_results(young.id, video_order::time, {}, 9)->rows.size(), 2U);
  EXPECT_EQ(in().list_results(open.id, video_order::time, {}, 9)->rows.size(), 2U);
  const auto anew = in().start(make_job('a'), {"t", "other"});
  ASSERT_SUCCESS(anew);
  EXPECT_EQ(in().list_results(anew->id, video_order::time, {}, 9)->rows.size(), 0U);
}

TEST_P(videos_contract, of_many_that_start_with_one_token_at_once_there_is_one) {
  constexpr int callers = 8;
  std::vector<std::string> ids(callers);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < callers; ++i)
      threads.emplace_back([&, i] {
        if (const auto made = in().start(make_job(static_cast<char>('0' + i)), {"t", "p"}))
          ids[static_cast<std::size_t>(i)] = made->id;
      });
  }
  EXPECT_EQ(std::ranges::count(ids, ids.front()), callers);
  EXPECT_EQ(in().list_open()->size(), 1U);
}

ROLLCALL_OVER_ALL_STORES(videos_contract);

} // namespace

} // namespace rollcall::store::testing
