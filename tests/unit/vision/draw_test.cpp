#include "vision/draw.hpp"

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

namespace rollcall::vision {
namespace {

core::bytes grey_picture() {
  core::bytes encoded;
  cv::imencode(".png", cv::Mat{300, 400, CV_8UC3, cv::Scalar::all(128)}, encoded);
  return encoded;
}

TEST(draw_boxes, draws_the_box_in_its_colour_and_keeps_the_size) {
  const labelled_box one{{100, 100, 80, 90}, "Ann 99.1", {255, 0, 0}};
  const auto drawn = draw_boxes(grey_picture(), std::span{&one, 1});
  ASSERT_TRUE(drawn) << drawn.failure().message;
  const auto picture = cv::imdecode(*drawn, cv::IMREAD_COLOR);
  ASSERT_EQ(picture.size(), cv::Size(400, 300));
  EXPECT_EQ(picture.at<cv::Vec3b>(150, 100), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(picture.at<cv::Vec3b>(250, 300), cv::Vec3b(128, 128, 128));
}

TEST(draw_timeline, shows_who_was_seen_when) {
  const std::array rows{timeline_row{"anna", {{0, 5}}, {0, 160, 0}},
                        timeline_row{"others", {{9, 10}}, {150, 150, 150}}};
  const auto drawn = draw_timeline(rows, 10);
  ASSERT_TRUE(drawn) << drawn.failure().message;
  const auto picture = cv::imdecode(*drawn, cv::IMREAD_COLOR);
  const auto at = [&](double share, int row) {
    return picture.at<cv::Vec3b>(14 + 34 * row + 17, 220 + static_cast<int>(900 * share) - 3);
  };
  EXPECT_EQ(at(0.25, 0), cv::Vec3b(0, 160, 0));
  EXPECT_NE(at(0.75, 0), cv::Vec3b(0, 160, 0));
  EXPECT_EQ(at(0.95, 1), cv::Vec3b(150, 150, 150));
  EXPECT_NE(at(0.5, 1), cv::Vec3b(150, 150, 150));
  EXPECT_TRUE(draw_timeline({}, 0));
}

TEST(draw_boxes, survives_boxes_and_labels_beyond_the_picture) {
  const std::array<labelled_box, 3> odd{labelled_box{{-50, -50, 30, 30}, std::string(500, 'x'), {}},
                                        labelled_box{{390, 290, 500, 500}, "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC", {}},
                                        labelled_box{{10, 10, 0, 0}, "", {}}};
  EXPECT_TRUE(draw_boxes(grey_picture(), odd, picture_format::jpeg));
}

TEST(draw_boxes, refuses_what_is_no_picture) {
  EXPECT_EQ(draw_boxes(core::as_bytes("nothing"), {}).failure().code, core::error_code::invalid_image_format);
}

TEST(draw_comparison, shows_both_faces_on_one_sheet) {
  const auto sheet = draw_comparison(grey_picture(), {50, 50, 100, 100}, grey_picture(), {200, 20, 60, 80}, "97.3 %");
  ASSERT_TRUE(sheet) << sheet.failure().message;
  const auto picture = cv::imdecode(*sheet, cv::IMREAD_COLOR);
  EXPECT_GT(picture.cols, 500);
  EXPECT_GT(picture.rows, 320);
}

TEST(draw_comparison, refuses_a_box_outside_its_picture) {
  const auto sheet = draw_comparison(grey_picture(), {1'000, 50, 100, 100}, grey_picture(), {200, 20, 60, 80}, "");
  EXPECT_EQ(sheet.failure().code, core::error_code::invalid_argument);
}

TEST(cut_face, gives_the_face_with_half_its_size_around_it) {
  const auto cut = cut_face(grey_picture(), {100, 50, 100, 120});
  ASSERT_TRUE(cut) << cut.failure().message;
  EXPECT_EQ(cv::imdecode(*cut, cv::IMREAD_COLOR).size(), cv::Size(200, 230)); // the picture ends 10 px above it
}

TEST(cut_face, enlarges_small_faces_and_refuses_boxes_outside) {
  const auto cut = cut_face(grey_picture(), {100, 100, 20, 20});
  ASSERT_TRUE(cut) << cut.failure().message;
  EXPECT_EQ(cv::imdecode(*cut, cv::IMREAD_COLOR).size(), cv::Size(160, 160));
  EXPECT_EQ(cut_face(grey_picture(), {1'000, 50, 100, 100}).failure().code, core::error_code::invalid_argument);
}

} // namespace
} // namespace rollcall::vision
