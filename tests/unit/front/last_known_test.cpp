#include "front/last_known.hpp"

#include <gtest/gtest.h>

namespace rollcall::front {

namespace {

using std::chrono::milliseconds;

const core::collection_key a_key{core::uuid{{1}}};
const core::collection_key another_key{core::uuid{{2}}};

store::face_record make_face(std::uint8_t id) {
  store::face_record made;
  made.id = core::face_id{core::uuid{{id}}};
  made.external_image_id = std::to_string(id);
  return made;
}

TEST(last_known, tells_what_it_was_told_of_the_same_collection) {
  last_known known(milliseconds{60'000});
  store::collection_record one;
  one.id = "c";
  one.key = a_key;
  known.keep(one);
  ASSERT_TRUE(known.find_collection("c"));
  EXPECT_EQ(known.find_collection("c")->key, a_key);
  EXPECT_FALSE(known.find_collection("d"));
  known.keep(a_key, std::vector{make_face(1), make_face(2)});
  const std::vector<core::face_id> ids{make_face(2).id, make_face(3).id, make_face(1).id};
  const auto found = known.find_faces(a_key, ids);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].external_image_id, "2");
  EXPECT_EQ(found[1].external_image_id, "1");
  EXPECT_TRUE(known.find_faces(another_key, ids).empty()); // deleted and made again
}

TEST(last_known, tells_a_user_by_the_id_that_callers_know) {
  last_known known(milliseconds{60'000});
  known.keep(a_key,
             std::vector{store::user_record{core::user_key{core::uuid{{7}}}, "anna", store::user_status::active}});
  ASSERT_TRUE(known.find_user(a_key, "anna"));
  EXPECT_EQ(known.find_user(a_key, "anna")->key.id, core::uuid{{7}});
  EXPECT_FALSE(known.find_user(a_key, "bella"));
  EXPECT_FALSE(known.find_user(another_key, "anna"));
}

TEST(last_known, keeps_nothing_where_it_may_not) {
  last_known known(milliseconds{0});
  EXPECT_FALSE(known.keeps());
  store::collection_record one;
  one.id = "c";
  known.keep(one);
  known.keep(a_key, std::vector{make_face(1)});
  known.keep(a_key,
             std::vector{store::user_record{core::user_key{core::uuid{{7}}}, "anna", store::user_status::active}});
  EXPECT_FALSE(known.find_user(a_key, "anna"));
  EXPECT_FALSE(known.find_collection("c"));
  const std::vector<core::face_id> ids{make_face(1).id};
  EXPECT_TRUE(known.find_faces(a_key, ids).empty());
}

} // namespace

} // namespace rollcall::front
