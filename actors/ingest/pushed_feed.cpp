#include "actors/ingest/pushed_feed.hpp"

#include "vision/image.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

class pushed_feed final : public feed {
public:
  pushed_feed(std::shared_ptr<frame_inbox> inbox, pushed_settings settings)
      : inbox_(std::move(inbox)), settings_(settings) {}

  core::result<bool> advance() override;
  [[nodiscard]] std::optional<milliseconds> position() const override {
    return duration_cast<milliseconds>(last_ - first_);
  }
  core::result<vision::video_frame> frame() override {
    return vision::video_frame{std::move(image_), number_ - 1, *position(), at_};
  }
  [[nodiscard]] bool is_live() const override { return true; }

private:
  [[nodiscard]] bool is_due(core::steady_time came) const {
    return number_ == 0 || came - last_ >= std::chrono::duration<double>(0.9 / settings_.frames_per_s);
  }

  std::shared_ptr<frame_inbox> inbox_;
  pushed_settings settings_;
  std::uint64_t number_ = 0;
  core::steady_time first_{};
  core::steady_time last_{};
  vision::bgr8_image image_;
  core::wall_time at_{};
};

core::result<bool> pushed_feed::advance() {
  const auto until = std::chrono::steady_clock::now() + settings_.silence;
  std::string refused;
  while (auto came = inbox_->take(until)) {
    if (!is_due(came->came))
      continue;
    auto decoded = vision::decode(*came->picture, {});
    if (!decoded) {
      refused = decoded.failure().message;
      settings_.unreadable();
      continue;
    }
    if (number_ == 0)
      first_ = came->came;
    last_ = came->came;
    image_ = *std::move(decoded);
    at_ = came->at;
    ++number_;
    return true;
  }
  if (inbox_->is_closed())
    return core::fail(core::error_code::unavailable, "The camera has ended.");
  const auto silence = " was pushed for " + std::to_string(settings_.silence.count()) + " ms";
  return core::fail(core::error_code::unavailable, refused.empty()
                                                       ? "No frame" + silence + "."
                                                       : "No frame that can be decoded" + silence + ": " + refused);
}

} // namespace

bool frame_inbox::put(frame newest) {
  const std::lock_guard lock(mutex_);
  const bool was_free = !newest_;
  newest_ = std::move(newest);
  wake_.notify_one();
  return was_free;
}

std::optional<frame_inbox::frame> frame_inbox::take(core::steady_time until) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until, [this] { return newest_ || is_closed_; });
  return is_closed_ ? std::nullopt : std::exchange(newest_, std::nullopt);
}

void frame_inbox::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  wake_.notify_all();
}

bool frame_inbox::is_closed() const {
  const std::lock_guard lock(mutex_);
  return is_closed_;
}

std::unique_ptr<feed> make_pushed_feed(std::shared_ptr<frame_inbox> inbox, pushed_settings settings) {
  return std::make_unique<pushed_feed>(std::move(inbox), settings);
}

} // namespace rollcall::actors
