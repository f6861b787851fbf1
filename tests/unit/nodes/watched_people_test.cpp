// Who is in view of a video that is watched.
#include "nodes/cli/watched_people.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace rollcall::cli {
namespace {

using std::chrono::milliseconds;

vision::face face_at(float left) {
  vision::face made;
  made.box = {left, 100, 80, 100};
  made.confidence = 99;
  return made;
}

struct watched_people_test : testing::Test {
  /// A face is in two looks before it is a track.
  std::vector<watched_people::person> look_twice(milliseconds at, std::vector<vision::face> faces) {
    static_cast<void>(seen.look(at, faces));
    return seen.look(at + milliseconds{200}, faces);
  }
  std::string told() {
    std::string all;
    for (const auto& one : seen.take_news())
      all += text_of(one) + "\n";
    return all;
  }
  watched_people seen;
};

TEST_F(watched_people_test, somebody_new_is_to_be_searched_for_and_again_after_a_while_in_vain) {
  auto in_view = look_twice(milliseconds{0}, {face_at(100)});
  ASSERT_EQ(in_view.size(), 1U);
  EXPECT_TRUE(in_view[0].is_to_search);
  EXPECT_EQ(told(), "track 1 begins\n");
  seen.note_search(1, milliseconds{200}, "", 0);
  EXPECT_FALSE(seen.look(milliseconds{400}, {face_at(100)})[0].is_to_search);
  EXPECT_TRUE(seen.look(milliseconds{2'400}, {face_at(100)})[0].is_to_search);
  EXPECT_EQ(seen.recognised(), 0U);
}

TEST_F(watched_people_test, who_is_known_is_told_once_and_shown_from_then_on) {
  static_cast<void>(look_twice(milliseconds{0}, {face_at(100)}));
  static_cast<void>(told());
  seen.note_search(1, milliseconds{200}, "anna", 99.5);
  EXPECT_EQ(told(), "track 1 is anna (99.50)\n");
  const auto in_view = seen.look(milliseconds{9'000}, {face_at(100)});
  ASSERT_EQ(in_view.size(), 0U) << "after so long it is somebody new";
  EXPECT_EQ(told(), "track 1 ends: anna, in view 0.2 s\n");
  EXPECT_EQ(seen.recognised(), 1U);
  EXPECT_EQ(seen.tracks(), 1U);
}

TEST_F(watched_people_test, programs_are_told_in_members) {
  const auto told = [this] {
    std::string all;
    for (const auto& one : seen.take_news())
      all += boost::json::serialize(to_json(one)) + "\n";
    return all;
  };
  static_cast<void>(look_twice(milliseconds{0}, {face_at(100)}));
  seen.note_search(1, milliseconds{200}, "anna", 99.5);
  static_cast<void>(look_twice(milliseconds{9'000}, {face_at(600)}));
  seen.finish(milliseconds{9'300});
  EXPECT_EQ(told(), R"({"PositionMillis":200,"Kind":"TrackBegan","Track":1}
{"PositionMillis":200,"Kind":"Recognised","Track":1,"Name":"anna","Similarity":9.95E1}
{"PositionMillis":9000,"Kind":"TrackEnded","Track":1,"Name":"anna","Similarity":9.95E1,"InViewMillis":200}
{"PositionMillis":9200,"Kind":"TrackBegan","Track":2}
{"PositionMillis":9300,"Kind":"TrackEnded","Track":2,"InViewMillis":200}
)");
}

TEST_F(watched_people_test, the_timeline_has_a_row_for_each_who_is_known_and_one_for_the_rest) {
  static_cast<void>(look_twice(milliseconds{0}, {face_at(100), face_at(600)}));
  seen.note_search(2, milliseconds{200}, "bella", 91);
  static_cast<void>(seen.look(milliseconds{1'200}, {face_at(100), face_at(600)}));
  seen.finish(milliseconds{1'200});
  const auto rows = seen.timeline();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].label, "bella");
  EXPECT_EQ(rows[1].label, "not recognised");
  ASSERT_EQ(rows[0].seen_s.size(), 1U);
  EXPECT_DOUBLE_EQ(rows[0].seen_s[0].second, 1.2);
}

TEST(between, boxes_go_straight_and_those_of_one_look_stay_for_half_of_the_way) {
  const std::vector<watched_people::person> before{{1, {100, 0, 10, 10}, "", 0, false},
                                                   {2, {50, 0, 10, 10}, "", 0, false}};
  const std::vector<watched_people::person> after{{1, {200, 0, 30, 10}, "anna", 99, false},
                                                  {3, {70, 0, 10, 10}, "", 0, false}};
  const auto early = between(before, after, 0.25);
  ASSERT_EQ(early.size(), 2U);
  EXPECT_FLOAT_EQ(early[0].box.left, 125);
  EXPECT_FLOAT_EQ(early[0].box.width, 15);
  EXPECT_EQ(early[1].label, "2");
  const auto late = between(before, after, 0.75);
  ASSERT_EQ(late.size(), 2U);
  EXPECT_FLOAT_EQ(late[0].box.left, 175);
  EXPECT_EQ(late[1].label, "3");
}

} // namespace
} // namespace rollcall::cli
