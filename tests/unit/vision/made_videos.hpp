/// Small videos for the capture tests, written by OpenCV, and what a source gives of them.
#pragma once

#include "tests/support/process.hpp"
#include "tests/support/vision_files.hpp"
#include "vision/capture/video_source.hpp"
#include "vision/cv_image.hpp"

#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <vector>

namespace rollcall::vision {

/// Frame `number`: red that brightens from frame to frame, its top left quarter green.
inline cv::Mat made_frame(int number, const cv::Size& size) {
  cv::Mat frame{size, CV_8UC3, cv::Scalar(0, 0, 100 + 10 * number)};
  frame(cv::Rect{0, 0, size.width / 2, size.height / 2}).setTo(cv::Scalar{0, 200, 0});
  return frame;
}

/// Writes `frames` frames at 25 a second; the container by the file's ending, the codec by its four letters.
inline void make_video(const std::filesystem::path& file, const std::string& codec, const cv::Size& size,
                       int frames = 10) {
  cv::VideoWriter writer{file.string(), cv::CAP_FFMPEG, cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]),
                         25, size};
  ASSERT_TRUE(writer.isOpened()) << file;
  for (int number = 0; number < frames; ++number)
    writer.write(made_frame(number, size));
}

inline void write_file(const std::filesystem::path& file, const core::bytes& content) {
  std::ofstream stream{file, std::ios::binary};
  stream.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
}

/// All that a source gives: frames up to the end or to an error.
struct whole_video {
  std::vector<video_frame> frames;
  std::optional<core::error> failure;
};

inline whole_video read_all(video_source& from) {
  whole_video all;
  for (;;) {
    auto next = from.read();
    if (!next)
      all.failure = next.failure();
    if (!next || !*next)
      return all;
    all.frames.push_back(**std::move(next));
  }
}

inline std::unique_ptr<video_source> open_video(const std::filesystem::path& file) {
  auto opened = video_source::open("file://" + std::filesystem::absolute(file).string());
  if (opened)
    return *std::move(opened);
  ADD_FAILURE() << opened.failure().message << opened.failure().context;
  return nullptr;
}

/// The error of opening; `internal` with a failure of the test where it opens.
inline core::error refusal_of(const std::string& uri, const capture_limits& limits = {}) {
  auto opened = video_source::open(uri, limits);
  if (!opened)
    return opened.failure();
  ADD_FAILURE() << uri << " opened";
  return {};
}

/// The mean colour of the picture's quarter with its top left corner at (x, y), in quarters.
inline cv::Scalar mean_of(const bgr8_image& picture, int x, int y) {
  const cv::Size half{picture.width_px / 2, picture.height_px / 2};
  return cv::mean(as_mat(picture)(cv::Rect{cv::Point{x * half.width, y * half.height}, half}));
}

inline bool is_green(const cv::Scalar& colour) {
  return colour[1] > 130 && colour[2] < 80;
}

} // namespace rollcall::vision
