#include "vision/capture/device_feed.hpp"

#include "vision/cv_image.hpp"

#include <filesystem>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/videoio.hpp>
#include <utility>

namespace rollcall::vision {

namespace {

std::chrono::milliseconds time_of(const cv::VideoCapture& camera) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(camera.get(cv::CAP_PROP_POS_MSEC))};
}

class device_feed final : public frame_feed {
public:
  device_feed(const cv::VideoCapture& camera, std::string device, const capture_limits& limits)
      : camera_(camera), device_(std::move(device)), max_pixels_(limits.max_pixels) {
    facts_.width_px = static_cast<int>(camera_.get(cv::CAP_PROP_FRAME_WIDTH));
    facts_.height_px = static_cast<int>(camera_.get(cv::CAP_PROP_FRAME_HEIGHT));
    facts_.frames_per_s = camera_.get(cv::CAP_PROP_FPS);
    facts_.codec = "v4l2";
    facts_.format = "Video4Linux";
    facts_.is_live = true;
  }

  core::result<bool> advance() override {
    if (!camera_.grab())
      return core::fail(core::error_code::unavailable, "the camera " + device_ + " gives no frames any more");
    if (!begin_)
      begin_ = time_of(camera_);
    return true;
  }

  core::result<bgr8_image> picture() override {
    cv::Mat made; // a new one for each frame: its owner keeps it
    if (!camera_.retrieve(made) || made.type() != CV_8UC3)
      return core::fail(core::error_code::unavailable, "the camera " + device_ + " gives no picture in colour");
    if (made.total() > max_pixels_)
      return core::fail(core::error_code::image_too_large, "the camera " + device_ + " gives too large pictures");
    return as_image(made.clone());
  }

  [[nodiscard]] std::chrono::milliseconds position() const override { return time_of(camera_) - *begin_; }
  [[nodiscard]] const video_facts& facts() const noexcept override { return facts_; }

private:
  cv::VideoCapture camera_;
  std::string device_;
  std::size_t max_pixels_;
  std::optional<std::chrono::milliseconds> begin_;
  video_facts facts_;
};

} // namespace

core::result<std::unique_ptr<frame_feed>> open_device(const std::string& device, const capture_limits& limits) {
  std::error_code unreadable;
  if (!std::filesystem::is_character_file(device, unreadable))
    return core::fail(core::error_code::not_found, "there is no camera " + device + " in this machine");
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::VideoCapture camera{device, cv::CAP_V4L2};
  if (!camera.isOpened())
    return core::fail(core::error_code::unavailable,
                      "the camera " + device
                          + " can't be opened: see whether another program holds it, and its rights");
  return std::unique_ptr<frame_feed>{std::make_unique<device_feed>(camera, device, limits)};
}

} // namespace rollcall::vision
