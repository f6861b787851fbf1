#include "actors/ingest/feed.hpp"

namespace rollcall::actors {

namespace {

class video_feed final : public feed {
public:
  explicit video_feed(std::unique_ptr<vision::video_source> from) : from_(std::move(from)) {}
  core::result<bool> advance() override { return from_->advance(); }
  [[nodiscard]] std::optional<std::chrono::milliseconds> position() const override {
    if (!is_live())
      return from_->position();
    return from_->facts().has_times ? std::optional{from_->stamp()} : std::nullopt;
  }
  core::result<vision::video_frame> frame() override { return from_->frame(); }
  [[nodiscard]] bool is_live() const override { return from_->facts().is_live; }
  [[nodiscard]] vision::video_facts facts() const override { return from_->facts(); }

private:
  std::unique_ptr<vision::video_source> from_;
};

} // namespace

core::result<std::unique_ptr<feed>> open_video_feed(const std::string& input) {
  auto opened = vision::video_source::open(input);
  if (opened)
    return std::unique_ptr<feed>(std::make_unique<video_feed>(*std::move(opened)));
  auto failed = std::move(opened).failure();
  if (failed.code == core::error_code::invalid_image_format && (input.starts_with("rtsp") || input.starts_with("http")))
    failed.code = core::error_code::unavailable;
  return failed;
}

} // namespace rollcall::actors
