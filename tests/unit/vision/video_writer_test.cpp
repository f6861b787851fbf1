#include "vision/capture/video_writer.hpp"

#include "tests/support/process.hpp"
#include "vision/capture/video_source.hpp"
#include "vision/cv_image.hpp"

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

namespace rollcall::vision {
namespace {

bgr8_image grey(int width, int height, int level) {
  return as_image(cv::Mat(height, width, CV_8UC3, cv::Scalar(level, level, level)));
}

int brightness(const bgr8_image& of) {
  return static_cast<int>(cv::mean(as_mat(of))[1]);
}

TEST(video_writer, writes_what_a_source_reads_back) {
  const test::temp_dir scratch;
  const auto file = scratch.path() / "made.mp4";
  const auto made = video_writer::open(file, 321, 240, 10);
  ASSERT_TRUE(made) << made.failure().message;
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE((*made)->add(grey(i < 10 ? 321 : 640, i < 10 ? 240 : 480, i < 10 ? 40 : 200))); // scaled, half of them
  ASSERT_TRUE((*made)->finish());
  const auto source = video_source::open("file://" + file.string());
  ASSERT_TRUE(source) << source.failure().message;
  for (int i = 0; i < 20; ++i) {
    const auto frame = (*source)->read();
    ASSERT_TRUE(frame && *frame) << i;
    EXPECT_EQ((*frame)->image.width_px, 320);
    EXPECT_EQ((*frame)->image.height_px, 240);
    EXPECT_NEAR(brightness((*frame)->image), i < 10 ? 40 : 200, 8) << i;
    EXPECT_EQ((*frame)->position, std::chrono::milliseconds{100 * i});
  }
  EXPECT_FALSE(*(*source)->read());
}

TEST(video_writer, refuses_what_can_not_be_a_video) {
  const test::temp_dir scratch;
  EXPECT_EQ(video_writer::open(scratch.path() / "made.txt~", 320, 240, 10).failure().code,
            core::error_code::invalid_argument);
  EXPECT_EQ(video_writer::open(scratch.path() / "made.mp4", 1, 240, 10).failure().code,
            core::error_code::invalid_argument);
  EXPECT_EQ(video_writer::open(scratch.path() / "no/made.mp4", 320, 240, 10).failure().code,
            core::error_code::storage_full);
  const auto made = video_writer::open(scratch.path() / "made.mp4", 320, 240, 10);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->add({}).failure().code, core::error_code::invalid_argument);
}

} // namespace
} // namespace rollcall::vision
