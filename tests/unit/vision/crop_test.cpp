#include "vision/crop.hpp"

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {
namespace {

input_layout layout_of(channel_order order) {
  input_layout layout;
  layout.width_px = 3;
  layout.height_px = 2;
  layout.order = order;
  layout.mean = {10, 20, 30};
  layout.scale = {0.5F, 1, 2};
  return layout;
}

TEST(input_filler, writes_planes_in_the_order_of_the_layout) {
  cv::Mat picture{2, 3, CV_8UC3, cv::Scalar{100, 150, 200}};
  picture.at<cv::Vec3b>(1, 2) = {0, 0, 0};
  input_filler filler;
  std::vector<float> bgr(18);
  filler.fill(picture, layout_of(channel_order::bgr), bgr);
  EXPECT_FLOAT_EQ(bgr[0], (100 - 10) * 0.5F);
  EXPECT_FLOAT_EQ(bgr[6], 150 - 20);
  EXPECT_FLOAT_EQ(bgr[12], (200 - 30) * 2);
  EXPECT_FLOAT_EQ(bgr[5], -10 * 0.5F); // row 1, column 2 comes last in its plane
  std::vector<float> rgb(18);
  filler.fill(picture, layout_of(channel_order::rgb), rgb);
  EXPECT_FLOAT_EQ(rgb[0], (200 - 10) * 0.5F);
  EXPECT_FLOAT_EQ(rgb[6], 150 - 20);
  EXPECT_FLOAT_EQ(rgb[12], (100 - 30) * 2);
}

TEST(input_filler, writes_one_plane_of_grey) {
  const cv::Mat picture{2, 3, CV_8UC3, cv::Scalar::all(60)};
  input_filler filler;
  std::vector<float> grey(6);
  filler.fill(picture, layout_of(channel_order::grey), grey);
  for (const float each : grey)
    EXPECT_FLOAT_EQ(each, (60 - 10) * 0.5F);
}

TEST(halvings, halves_by_means_and_forgets_the_picture_before) {
  halvings of;
  cv::Mat picture{64, 66, CV_8UC3, cv::Scalar::all(0)};
  picture.at<cv::Vec3b>(0, 0) = {200, 100, 40};
  of.reset(picture);
  EXPECT_EQ(of.at(1).size(), cv::Size(33, 32));
  EXPECT_EQ(of.at(1).at<cv::Vec3b>(0, 0), cv::Vec3b(50, 25, 10));
  EXPECT_EQ(of.at(2).size(), cv::Size(16, 16));
  of.reset(cv::Mat{128, 128, CV_8UC3, cv::Scalar::all(9)});
  EXPECT_EQ(of.at(1).size(), cv::Size(64, 64));
  EXPECT_EQ(of.at(1).at<cv::Vec3b>(0, 0), cv::Vec3b(9, 9, 9));
}

TEST(halvings, stops_before_the_picture_vanishes) {
  halvings of;
  of.reset(cv::Mat{100, 20'000, CV_8UC3, cv::Scalar::all(0)});
  EXPECT_EQ(of.times_for(1.9), 0);
  EXPECT_EQ(of.times_for(2), 1);
  EXPECT_EQ(of.times_for(1e9), 2);
}

TEST(crop, keeps_places_at_every_shrinking) {
  // A ramp of brightness: every crop pixel must show the brightness of its place.
  cv::Mat picture(800, 800, CV_8UC3);
  for (int y = 0; y < 800; ++y)
    for (int x = 0; x < 800; ++x)
      picture.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<std::uint8_t>(x / 4), static_cast<std::uint8_t>(y / 4), 0);
  halvings from;
  from.reset(picture);
  for (const double scale : {2.0, 1.0, 0.7, 0.4, 0.21, 0.1}) {
    cv::Mat cut;
    const similarity_transform to_crop{scale, 0, -100 * scale, -200 * scale};
    crop(from, to_crop, 40, 40, cv::BORDER_CONSTANT, cut);
    for (const int at : {2, 20, 37}) {
      // The ramp is of whole numbers, 3/8 below it on average; each halving rounds once more.
      EXPECT_NEAR(cut.at<cv::Vec3b>(at, at)[0], (100 + at / scale) / 4 - 0.375, 1) << scale;
      EXPECT_NEAR(cut.at<cv::Vec3b>(at, at)[1], (200 + at / scale) / 4 - 0.375, 1) << scale;
    }
  }
}

} // namespace
} // namespace rollcall::vision
