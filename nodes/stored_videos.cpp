#include "nodes/stored_videos.hpp"

#include "front/face_detail.hpp"
#include "front/file_beneath.hpp"
#include "wire/videos.hpp"

#include <utility>

namespace rollcall::nodes {

namespace {

// A feed of a file that is named by its descriptor: what it says of that name is not for callers.
class stored_video final : public actors::feed {
public:
  stored_video(front::file_beneath file, std::string path, std::string shown)
      : file_(std::move(file)), path_(std::move(path)), shown_(std::move(shown)) {}

  core::status open() {
    auto opened = reworded(actors::open_video_feed("file://" + path_));
    if (!opened)
      return std::move(opened).failure();
    from_ = *std::move(opened);
    return core::nothing{};
  }

  core::result<bool> advance() override { return reworded(from_->advance()); }
  [[nodiscard]] std::optional<std::chrono::milliseconds> position() const override { return from_->position(); }
  core::result<vision::video_frame> frame() override { return reworded(from_->frame()); }
  [[nodiscard]] bool is_live() const override { return false; }
  [[nodiscard]] vision::video_facts facts() const override { return from_->facts(); }

private:
  template <class Result>
  Result reworded(Result of) const {
    if (of)
      return of;
    auto& text = of.failure().message;
    if (const auto at = text.find(path_); at != std::string::npos)
      text.replace(at, path_.size(), shown_);
    return of;
  }

  front::file_beneath file_;
  std::string path_;
  std::string shown_;
  std::unique_ptr<actors::feed> from_;
};

} // namespace

core::result<std::unique_ptr<actors::feed>> open_stored_video(const bucket_map& buckets, const std::string& bucket,
                                                              const std::string& object) {
  const auto found = buckets.find(bucket);
  if (found == buckets.end())
    return core::fail(core::error_code::invalid_s3_object, "The node that does the job has no directory for the bucket "
                                                               + bucket + ": set buckets alike on all nodes.");
  ROLLCALL_TRY(auto file, front::file_beneath::open(found->second, object));
  auto path = "/proc/self/fd/" + std::to_string(file.descriptor()); // whatever happens to its name meanwhile
  auto made = std::make_unique<stored_video>(std::move(file), std::move(path), "The object " + object);
  ROLLCALL_CHECK(made->open());
  return std::unique_ptr<actors::feed>(std::move(made));
}

std::string describe_face(const vision::face& of, int width_px, int height_px, bool wants_all) {
  wire::attribute_set wanted;
  if (wants_all)
    wanted.add(wire::attribute::all);
  return wire::encode_part(front::make_face_detail(of, {width_px, height_px}, wanted));
}

} // namespace rollcall::nodes
