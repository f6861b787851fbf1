#include "actors/ingest/pushed_feed.hpp"

#include "vision/image.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

class pushed_feed final : public feed {
public:
  pushed_feed(std::shared_ptr<frame_inbox> inbox, milliseconds silence) : inbox_(std::move(inbox)), silence_(silence) {}

  core::result<bool> advance() override;
  [[nodiscard]] std::optional<milliseconds> position() const override {
    return duration_cast<milliseconds>(now_.came - first_);
  }
  core::result<vision::video_frame> frame() override;
  [[nodiscard]] bool is_live() const override { return true; }

private:
  std::shared_ptr<frame_inbox> inbox_;
  milliseconds silence_;
  frame_inbox::frame now_;
  std::uint64_t number_ = 0; ///< of frames
  core::steady_time first_{};
  core::steady_time shown_ = std::chrono::steady_clock::now(); ///< since when none could be decoded
  std::string refused_;                                        ///< why the last could not
};

core::result<bool> pushed_feed::advance() {
  const auto until = shown_ + silence_;
  auto came = std::chrono::steady_clock::now() < until ? inbox_->take(until) : std::nullopt;
  if (came) {
    now_ = *std::move(came);
    if (number_++ == 0)
      first_ = now_.came;
    return true;
  }
  if (inbox_->is_closed())
    return core::fail(core::error_code::unavailable, "The camera has ended.");
  const auto silence = " was pushed for " + std::to_string(silence_.count()) + " ms";
  return core::fail(core::error_code::unavailable, refused_.empty()
                                                       ? "No frame" + silence + "."
                                                       : "No frame that can be decoded" + silence + ": " + refused_);
}

core::result<vision::video_frame> pushed_feed::frame() {
  auto decoded = vision::decode(*now_.picture, {});
  if (!decoded) {
    refused_ = decoded.failure().message;
    return core::fail(core::error_code::invalid_image_format, refused_);
  }
  refused_.clear();
  shown_ = std::chrono::steady_clock::now();
  return vision::video_frame{*std::move(decoded), number_ - 1, *position(), now_.at};
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

std::unique_ptr<feed> make_pushed_feed(std::shared_ptr<frame_inbox> inbox, milliseconds silence) {
  return std::make_unique<pushed_feed>(std::move(inbox), silence);
}

} // namespace rollcall::actors
