// Which video jobs a node does, and the work on one: detections.
#include "actors/ingest/video_keeper.hpp"

#include "tests/actor/video_run_fixture.hpp"

namespace rollcall::actors {

namespace {

using namespace testing;

// -- video_keeper

store::video_job open_job(char digit, const std::string& node = {}, std::uint64_t epoch = 0) {
  store::video_job made;
  made.id = std::string(64, digit);
  made.node = node;
  made.epoch = epoch;
  made.claimed_until = core::wall_time{seconds{1'000}};
  return made;
}

std::string digits(const std::vector<std::string>& of) {
  std::string all;
  for (const auto& one : of)
    all += one.front();
  return all;
}

class video_keeper_test : public ::testing::Test {
protected:
  video_keeper::plan decide(const std::vector<store::video_job>& open,
                            const std::vector<store::video_claim>& held = {}) {
    return keeper_.decide(now_, open, held);
  }
  core::steady_time now_{seconds{100}};
  video_keeper keeper_{"here", seconds{3}, 2};
};

TEST_F(video_keeper_test, claims_the_first_that_are_free_as_far_as_there_is_room) {
  EXPECT_EQ(digits(decide({open_job('a', "there"), open_job('b'), open_job('c', "here", 4), open_job('d')}).claim),
            "bc");
  keeper_.note_running({std::string(64, 'b'), 1});
  EXPECT_EQ(digits(decide({open_job('b', "here", 1), open_job('c'), open_job('d')}, {{std::string(64, 'b'), 1}}).claim),
            "c");
  keeper_.note_ended(std::string(64, 'b'));
  EXPECT_EQ(digits(decide({open_job('c'), open_job('d')}).claim), "cd");
}

TEST_F(video_keeper_test, takes_over_what_another_node_is_silent_about) {
  EXPECT_EQ(digits(decide({open_job('a', "there", 1)}).claim), "");
  now_ += seconds{2};
  auto renewed = open_job('a', "there", 1);
  renewed.claimed_until += seconds{1};
  EXPECT_EQ(digits(decide({renewed}).claim), "");
  now_ += milliseconds{2'999};
  EXPECT_EQ(digits(decide({renewed}).claim), "");
  now_ += milliseconds{1};
  EXPECT_EQ(digits(decide({renewed}).claim), "a");
}

TEST_F(video_keeper_test, loses_what_the_store_does_not_count_as_its_own) {
  keeper_.note_running({std::string(64, 'a'), 1});
  keeper_.note_running({std::string(64, 'b'), 3});
  EXPECT_EQ(digits(decide({}, {{std::string(64, 'a'), 1}, {std::string(64, 'b'), 4}}).lose), "b");
}

// -- video_run

class detection_run : public video_run_test {};

TEST_F(detection_run, tells_every_face_of_every_fifth_frame) {
  scene_ = {{1, 0, 11}, {2, 5, 6, 0.6F}};
  EXPECT_EQ(run(), video_run_end::succeeded);
  EXPECT_EQ(looked_, (std::vector<std::uint64_t>{0, 5, 10, 15, 20, 25, 30, 35, 40, 45}));
  EXPECT_EQ(told(), "0:0 200:0 200:0 400:0");
  ASSERT_EQ(results().size(), 4U);
  EXPECT_EQ(results()[2].body, R"({"Who":2})");
  EXPECT_EQ(found().status, store::video_status::succeeded);
  EXPECT_EQ(found().completed, core::wall_time{seconds{500}});
  EXPECT_EQ(found().frames, 50U);
  EXPECT_EQ(found().metadata,
            R"({"Codec":"h264","DurationMillis":2000,"Format":"MOV","FrameRate":25,"FrameHeight":720,)"
            R"("FrameWidth":1280})");
}

TEST_F(detection_run, goes_on_where_another_node_was_stopped_and_misses_nothing) {
  scene_ = {{1, 0, 50}};
  stops_after_ = 6;
  EXPECT_EQ(run(), video_run_end::stopped);
  EXPECT_EQ(found().status, store::video_status::in_progress);
  stops_after_ = 1'000;
  claim("there");
  EXPECT_EQ(run(), video_run_end::succeeded);
  EXPECT_EQ(looked_, (std::vector<std::uint64_t>{0, 5, 10, 15, 20, 25, 30, 35, 40, 45}));
  EXPECT_EQ(told(), "0:0 200:0 400:0 600:0 800:0 1000:0 1200:0 1400:0 1600:0 1800:0");
  EXPECT_EQ(rewinds_, 0);
}

TEST_F(detection_run, repeats_after_a_crash_only_what_was_not_stored) {
  scene_ = {{1, 0, 50}};
  broken_at_ = 31; // it ends there as a node does that is killed: without a last word
  auto crashing = ports();
  crashing.finish = [](store::video_status, const std::string&) -> core::status {
    return core::fail(error_code::conflict, "killed");
  };
  video_run_settings settings;
  settings.frames_a_step = 4;
  EXPECT_EQ((video_run{job_, settings, std::move(crashing)}.run()), video_run_end::lost);
  EXPECT_EQ(found().frames, 16U); // the fourth that was looked at was the last of a step
  broken_at_.reset();
  looked_.clear();
  claim("there");
  EXPECT_EQ(run(), video_run_end::succeeded);
  EXPECT_EQ(looked_.front(), 20U);
  EXPECT_EQ(results().size(), 10U);
}

TEST_F(detection_run, gives_a_video_up_that_no_node_gets_to_the_end_of) {
  scene_ = {{1, 0, 50}};
  while (job_.epoch < 16)
    claim("here");
  auto crashing = ports();
  crashing.finish = [](store::video_status, const std::string&) -> core::status {
    return core::fail(error_code::conflict, "killed");
  };
  EXPECT_EQ((video_run{job_, {}, std::move(crashing)}.run()), video_run_end::lost);
  EXPECT_FALSE(looked_.empty()); // the sixteenth still tries
  looked_.clear();
  claim("here");
  EXPECT_EQ(run(), video_run_end::failed);
  EXPECT_TRUE(looked_.empty());
  EXPECT_NE(found().message.find("16 times"), std::string::npos) << found().message;
}

TEST_F(detection_run, tries_again_what_may_pass_with_longer_and_longer_pauses) {
  scene_ = {{1, 0, 50}};
  failing_ = 3;
  EXPECT_EQ(run(), video_run_end::succeeded);
  EXPECT_EQ(pauses_, (std::vector<milliseconds>{milliseconds{200}, milliseconds{400}, milliseconds{800}}));
  EXPECT_EQ(results().size(), 10U);
}

TEST_F(detection_run, can_be_stopped_while_it_tries_again) {
  failing_ = 1'000'000;
  stops_after_pauses_ = 2;
  EXPECT_EQ(run(), video_run_end::stopped);
  EXPECT_EQ(pauses_.size(), 2U);
  EXPECT_EQ(found().status, store::video_status::in_progress);
}

TEST_F(detection_run, says_a_step_again_that_may_or_may_not_be_stored) {
  scene_ = {{1, 0, 50}};
  unsure_append_ = 1;
  EXPECT_EQ(run(), video_run_end::succeeded);
  EXPECT_EQ(results().size(), 10U);
  EXPECT_EQ(appends_, 4);
}

TEST_F(detection_run, of_a_damaged_video_fails_and_says_why) {
  broken_at_ = 12;
  EXPECT_EQ(run(), video_run_end::failed);
  EXPECT_EQ(found().status, store::video_status::failed);
  EXPECT_EQ(found().message, "The object is damaged after that.");
}

TEST_F(detection_run, writes_nothing_more_once_another_node_has_it) {
  scene_ = {{1, 0, 50}};
  const auto mine = job_;
  claim("there");
  job_ = mine;
  EXPECT_EQ(run(), video_run_end::lost);
  EXPECT_EQ(results().size(), 0U);
  EXPECT_EQ(found().status, store::video_status::in_progress);
}

} // namespace

} // namespace rollcall::actors
