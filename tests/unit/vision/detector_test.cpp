// The detector's geometry over a network that says what the test wants; over the real one: face_analyzer_test.

#include "vision/detector.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace rollcall::vision {
namespace {

/// Sees the same boxes in whatever it is shown, and counts the runs.
class scripted_network final : public network {
public:
  scripted_network(std::vector<float> boxes, std::vector<float> scores, int& runs)
      : input_(std::size_t{3} * 320 * 240), boxes_(std::move(boxes)), scores_(std::move(scores)), runs_(runs) {}

  std::span<float> input() noexcept override { return input_; }
  core::status run() override {
    ++runs_;
    return core::nothing{};
  }
  std::span<const float> output(std::size_t index) const noexcept override { return index == 0 ? boxes_ : scores_; }

private:
  std::vector<float> input_;
  std::vector<float> boxes_;
  std::vector<float> scores_;
  int& runs_;
};

detector_spec spec() {
  detector_spec of;
  of.network.input.width_px = 320;
  of.network.input.height_px = 240;
  of.network.input.order = channel_order::rgb;
  of.min_side_px = 12;
  return of;
}

struct seen {
  std::vector<detection> found;
  int runs = 0;
};

/// What a detector finds in a picture of this size when every run shows `box` (corner ratios) with `score`.
seen look(cv::Size size, const std::array<float, 4>& box, float score, float min_face_px) {
  seen result;
  detector finder{spec(),
                  std::make_unique<scripted_network>(std::vector<float>{box.begin(), box.end()},
                                                     std::vector<float>{1 - score, score}, result.runs),
                  0.5F, min_face_px};
  halvings picture;
  picture.reset(cv::Mat(size, CV_8UC3, cv::Scalar::all(80)));
  auto done = finder.detect(picture);
  EXPECT_TRUE(done);
  result.found = *std::move(done);
  return result;
}

const cv::Size wide{640, 480};
constexpr float fine_px = 10; // makes several tiles of it mandatory

TEST(detector, keeps_boxes_at_the_picture_s_left_edge_only) {
  const auto result = look(wide, {0, 0.4F, 0.1F, 0.6F}, 0.9F, fine_px);
  EXPECT_GT(result.runs, 4);
  EXPECT_GE(result.found.size(), 2U);
  for (const auto& each : result.found)
    EXPECT_LT(each.box.left, 1);
}

TEST(detector, keeps_boxes_at_the_picture_s_right_edge_only) {
  for (const auto& each : look(wide, {0.9F, 0.4F, 1, 0.6F}, 0.9F, fine_px).found)
    EXPECT_GT(each.box.left + each.box.width, 639);
}

TEST(detector, keeps_boxes_at_the_picture_s_upper_edge_only) {
  for (const auto& each : look(wide, {0.4F, 0, 0.5F, 0.2F}, 0.9F, fine_px).found)
    EXPECT_LT(each.box.top, 1);
}

TEST(detector, keeps_boxes_at_the_picture_s_lower_edge_only) {
  for (const auto& each : look(wide, {0.4F, 0.8F, 0.5F, 1}, 0.9F, fine_px).found)
    EXPECT_GT(each.box.top + each.box.height, 479);
}

TEST(detector, states_boxes_in_pixels_of_the_picture) {
  const auto result = look(wide, {0.25F, 0.5F, 0.5F, 0.75F}, 0.9F, 40);
  EXPECT_EQ(result.runs, 1);
  ASSERT_EQ(result.found.size(), 1U);
  EXPECT_NEAR(result.found[0].box.left, 160, 0.5);
  EXPECT_NEAR(result.found[0].box.top, 240, 0.5);
  EXPECT_NEAR(result.found[0].box.width, 160, 0.5);
  EXPECT_NEAR(result.found[0].box.height, 120, 0.5);
}

TEST(detector, looks_closer_only_where_small_unsure_faces_show) {
  const std::array<float, 4> small{0.25F, 0.5F, 0.3F, 0.57F}; // 16 pixels
  EXPECT_EQ(look(wide, small, 0.95F, 40).runs, 1);            // sure
  EXPECT_GT(look(wide, small, 0.7F, 40).runs, 1);             // unsure
  EXPECT_EQ(look(wide, small, 0.1F, 40).runs, 2);             // nothing: once more, from afar
  EXPECT_EQ(look(wide, {0.2F, 0.2F, 0.4F, 0.5F}, 0.7F, 40).runs, 1);
}

TEST(detector, takes_only_sure_faces_from_afar) {
  // In the padding beside a tall picture at first; within the picture from afar, where it stands in the middle.
  const std::array<float, 4> middle{0.47F, 0.45F, 0.53F, 0.55F};
  EXPECT_TRUE(look({100, 400}, middle, 0.8F, 40).found.empty());
  EXPECT_EQ(look({100, 400}, middle, 0.95F, 40).found.size(), 1U);
}

TEST(detector, refuses_boxes_that_are_no_boxes) {
  EXPECT_TRUE(look(wide, {0.5F, 0.5F, 0.4F, 0.6F}, 0.9F, 40).found.empty());
  EXPECT_TRUE(look(wide, {NAN, 0.5F, 0.6F, 0.6F}, 0.9F, 40).found.empty());
  EXPECT_TRUE(look(wide, {0.4F, 0.5F, 0.6F, 0.6F}, NAN, 40).found.empty());
}

} // namespace
} // namespace rollcall::vision
