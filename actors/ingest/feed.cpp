#include "actors/ingest/feed.hpp"

namespace rollcall::actors {

namespace {

class video_feed final : public feed {
public:
  explicit video_feed(std::unique_ptr<vision::video_source> from) : from_(std::move(from)) {}
  core::result<std::optional<vision::video_frame>> read() override { return from_->read(); }
  core::result<bool> skip() override { return from_->skip(); }
  [[nodiscard]] bool is_live() const override { return from_->facts().is_live; }
  [[nodiscard]] double frames_per_s() const override { return from_->facts().frames_per_s; }
  [[nodiscard]] vision::video_facts facts() const override { return from_->facts(); }

private:
  std::unique_ptr<vision::video_source> from_;
};

} // namespace

core::result<std::unique_ptr<feed>> open_video_feed(const std::string& input) {
  ROLLCALL_TRY(auto opened, vision::video_source::open(input));
  return std::unique_ptr<feed>(std::make_unique<video_feed>(std::move(opened)));
}

} // namespace rollcall::actors
