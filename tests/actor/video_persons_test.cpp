// The work on video jobs that follow persons: searches and trackings.
#include "tests/actor/video_run_fixture.hpp"

#include <map>
#include <set>

namespace rollcall::actors {

namespace {

using namespace testing;

class search_run : public video_run_test {
protected:
  search_run() { kind_ = store::video_kind::face_search; }
};

TEST_F(search_run, finds_who_is_known_and_nobody_for_a_stranger) {
  scene_ = {{1, 0, 20, 0.2F}, {2, 0, 20, 0.6F}};
  EXPECT_EQ(run(), video_run_end::succeeded);
  // A face is somebody's from the second frame with it on.
  EXPECT_EQ(told(), "200:0 200:1 400:0 400:1 600:0 600:1");
  EXPECT_EQ(searches_, 2);
  const auto all = results();
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].body, R"({"Who":1})");
  EXPECT_NE(matches_of(all[0].track).find(R"("ExternalImageId":"anna")"), std::string::npos);
  EXPECT_EQ(matches_of(all[1].track), "");
  EXPECT_EQ(told(store::video_order::person), "200:0 400:0 600:0 200:1 400:1 600:1");
}

TEST_F(search_run, knows_who_comes_back_and_who_does_not) {
  frames_ = 300;
  scene_ = {{1, 0, 20, 0.2F}, {1, 100, 120, 0.7F}, {2, 100, 120, 0.2F}};
  EXPECT_EQ(run(), video_run_end::succeeded);
  std::map<std::string, std::set<std::uint32_t>> persons;
  std::set<std::uint64_t> tracks;
  for (const auto& one : results()) {
    persons[one.body].insert(one.person);
    tracks.insert(one.track);
  }
  EXPECT_EQ(persons[R"({"Who":1})"], std::set<std::uint32_t>{0});
  EXPECT_EQ(persons[R"({"Who":2})"].size(), 1U);
  EXPECT_NE(*persons[R"({"Who":2})"].begin(), 0U);
  EXPECT_EQ(tracks.size(), 3U);
  EXPECT_EQ(searches_, 3);
}

TEST_F(search_run, begins_anew_where_another_node_was_stopped) {
  scene_ = {{1, 0, 50}};
  stops_after_ = 7;
  EXPECT_EQ(run(), video_run_end::stopped);
  EXPECT_FALSE(results().empty());
  stops_after_ = 1'000;
  looked_.clear();
  claim("there");
  EXPECT_EQ(run(), video_run_end::succeeded);
  EXPECT_GT(rewinds_, 1);
  EXPECT_EQ(looked_.front(), 0U);
  EXPECT_EQ(results().size(), 9U);
}

TEST_F(search_run, of_a_collection_that_is_gone_fails_and_says_so) {
  scene_ = {{1, 0, 20}};
  is_collection_gone_ = true;
  EXPECT_EQ(run(), video_run_end::failed);
  EXPECT_EQ(found().message, "The collection staff was deleted before it had been searched.");
  EXPECT_TRUE(looked_.empty());
}

TEST_F(search_run, tracks_persons_without_searching_surer_faces_first) {
  begin_anew(store::video_kind::person_tracking);
  scene_ = {{1, 0, 11, 0.2F, 80}, {1, 15, 21, 0.2F, 99.5F}, {1, 25, 31, 0.2F, 90}};
  EXPECT_EQ(run(), video_run_end::succeeded);
  EXPECT_EQ(told(), "200:0 400:0 600:0 800:0 1000:0 1200:0");
  EXPECT_EQ(told(store::video_order::person), "600:0 800:0 1000:0 1200:0 200:0 400:0");
  EXPECT_EQ(searches_, 0);
}

} // namespace

} // namespace rollcall::actors
