#include "vision/capture/video_source.hpp"

#include "vision/capture/device_feed.hpp"
#include "vision/capture/ffmpeg_feed.hpp"
#include "vision/capture/folder_feed.hpp"
#include "vision/capture/source_uri.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <utility>

namespace rollcall::vision {

namespace {

core::result<std::unique_ptr<frame_feed>> open_file(const source_uri& uri, const capture_limits& limits) {
  std::error_code unreadable;
  const auto status = std::filesystem::status(uri.target, unreadable);
  if (!std::filesystem::exists(status))
    return core::fail(core::error_code::not_found, "there is no file or folder " + uri.shown + " that can be read");
  if (std::filesystem::is_directory(status))
    return open_folder(uri.target, limits);
  if (!std::filesystem::is_regular_file(status)) // a pipe may have no end, or nothing to say
    return core::fail(core::error_code::invalid_image_format, uri.shown + " is neither a file nor a folder");
  return open_ffmpeg(uri, limits);
}

core::result<std::unique_ptr<frame_feed>> open_feed(const source_uri& uri, const capture_limits& limits) {
  switch (uri.kind) {
    case source_kind::file:
      return open_file(uri, limits);
    case source_kind::stream:
      return open_ffmpeg(uri, limits);
    case source_kind::device:
      return open_device(uri.target, limits);
  }
  return core::fail(core::error_code::internal, "a video source is of no kind");
}

/// What `does` returns; `internal` where a library throws.
template <class Function>
auto guard(Function does) -> decltype(does()) {
  try {
    return does();
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::internal, "the video source failed", failed.what());
  }
}

} // namespace

video_source::video_source(std::unique_ptr<frame_feed> from) : feed_(std::move(from)) {}
video_source::~video_source() = default;

core::result<std::unique_ptr<video_source>> video_source::open(const std::string& uri, const capture_limits& limits) {
  return guard([&]() -> core::result<std::unique_ptr<video_source>> {
    ROLLCALL_TRY(const auto parsed, parse_source_uri(uri));
    ROLLCALL_TRY(auto feed, open_feed(parsed, limits));
    return std::unique_ptr<video_source>{new video_source{std::move(feed)}};
  });
}

core::result<std::optional<video_frame>> video_source::read() {
  ROLLCALL_TRY(const bool is_there, advance());
  if (!is_there)
    return std::optional<video_frame>{};
  ROLLCALL_TRY(auto made, frame());
  return std::optional{std::move(made)};
}

core::result<bool> video_source::advance() {
  return guard([&]() -> core::result<bool> {
    ROLLCALL_TRY(const bool is_there, feed_->advance());
    if (is_there) {
      note(feed_->position());
      ++next_;
    }
    return is_there;
  });
}

void video_source::note(std::chrono::milliseconds stamp) {
  constexpr std::chrono::milliseconds noticed{1'000};
  constexpr double usual = 25;
  if (stamp < stamp_ - noticed) {
    const auto rate = facts().frames_per_s > 0 ? facts().frames_per_s : usual;
    begin_ = last_ + std::chrono::milliseconds{std::lround(1'000 / rate)} - stamp;
  }
  stamp_ = stamp;
  last_ = std::max(last_, begin_ + stamp);
}

core::result<video_frame> video_source::frame() {
  return guard([&]() -> core::result<video_frame> {
    ROLLCALL_TRY(auto image, feed_->picture());
    return video_frame{std::move(image), next_ - 1, last_};
  });
}

const video_facts& video_source::facts() const noexcept {
  return feed_->facts();
}

} // namespace rollcall::vision
