#include "front/index_selection.hpp"

#include <gtest/gtest.h>

namespace rollcall::front {
namespace {

vision::face make(float side_px, float quality = 50, std::vector<vision::quality_reason> reasons = {}) {
  vision::face face;
  face.box = {0, 0, side_px, side_px};
  face.quality = quality;
  face.reasons = std::move(reasons);
  return face;
}

using indexes = std::vector<std::size_t>;

TEST(index_selection, takes_all_largest_first_without_a_limit) {
  const std::vector faces{make(10), make(30), make(20)};
  const auto selected = select_faces(faces, {});
  EXPECT_EQ(selected.chosen, (indexes{1, 2, 0}));
  EXPECT_TRUE(selected.left_out.empty());
}

TEST(index_selection, drops_the_smallest_over_the_limit) {
  const std::vector faces{make(10), make(30), make(20)};
  const auto selected = select_faces(faces, 2);
  EXPECT_EQ(selected.chosen, (indexes{1, 2}));
  ASSERT_EQ(selected.left_out.size(), 1U);
  EXPECT_EQ(selected.left_out[0].index, 0U);
  EXPECT_EQ(selected.left_out[0].reasons, std::vector{wire::face_reason::exceeds_max_faces});
}

TEST(index_selection, drops_low_quality_before_size_counts) {
  const std::vector faces{make(10), make(30, 50, {vision::quality_reason::low_sharpness}), make(20)};
  const auto selected = select_faces(faces, 2);
  EXPECT_EQ(selected.chosen, (indexes{2, 0}));
  ASSERT_EQ(selected.left_out.size(), 1U);
  EXPECT_EQ(selected.left_out[0].index, 1U);
  EXPECT_EQ(selected.left_out[0].reasons, std::vector{wire::face_reason::low_sharpness});
}

TEST(index_selection, prefers_the_better_of_two_equal_boxes) {
  const std::vector faces{make(10, 20), make(10, 80)};
  EXPECT_EQ(select_faces(faces, 1).chosen, indexes{1});
}

TEST(index_selection, puts_every_face_into_exactly_one_list) {
  const std::vector faces{make(10), make(30, 1, {vision::quality_reason::extreme_pose}), make(20), make(5)};
  const auto selected = select_faces(faces, 1);
  indexes all = selected.chosen;
  for (const auto& one : selected.left_out)
    all.push_back(one.index);
  std::ranges::sort(all);
  EXPECT_EQ(all, (indexes{0, 1, 2, 3}));
}

TEST(index_selection, takes_no_faces_of_a_picture_without) {
  const auto selected = select_faces({}, 3);
  EXPECT_TRUE(selected.chosen.empty() && selected.left_out.empty());
}

} // namespace
} // namespace rollcall::front
