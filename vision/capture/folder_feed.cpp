#include "vision/capture/folder_feed.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace rollcall::vision {

namespace {

bool is_picture(const std::filesystem::directory_entry& entry) {
  const auto ending = core::lower_case(entry.path().extension().string());
  std::error_code unreadable;
  return (ending == ".jpg" || ending == ".jpeg" || ending == ".png") && entry.is_regular_file(unreadable);
}

class folder_feed final : public frame_feed {
public:
  folder_feed(std::vector<std::filesystem::path> files, const capture_limits& limits) : files_(std::move(files)) {
    limits_.max_pixels = limits.max_pixels;
    limits_.min_side_px = 1;
    facts_.frames_per_s = 1;
    facts_.duration = std::chrono::seconds{files_.size()};
    facts_.codec = "pictures";
    facts_.format = "folder of pictures";
  }

  core::result<bool> advance() override {
    if (shown_ < files_.size())
      ++shown_;
    else
      is_over_ = true;
    return !is_over_;
  }

  core::result<bgr8_image> picture() override {
    const auto& file = files_[shown_ - 1];
    std::ifstream stream{file, std::ios::binary};
    const core::bytes encoded{std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
    auto decoded = decode(encoded, limits_);
    if (!decoded)
      decoded.failure().message = file.filename().string() + ": " + decoded.failure().message;
    return decoded;
  }

  [[nodiscard]] std::chrono::milliseconds position() const override { return std::chrono::seconds{shown_ - 1}; }
  [[nodiscard]] const video_facts& facts() const noexcept override { return facts_; }

private:
  std::vector<std::filesystem::path> files_;
  decode_limits limits_;
  video_facts facts_;
  std::size_t shown_ = 0; ///< frames gone to
  bool is_over_ = false;
};

} // namespace

core::result<std::unique_ptr<frame_feed>> open_folder(const std::filesystem::path& folder,
                                                      const capture_limits& limits) {
  std::vector<std::filesystem::path> files;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator{folder, unreadable})
    if (is_picture(entry))
      files.push_back(entry.path());
  if (files.empty())
    return core::fail(core::error_code::not_found,
                      "the folder " + folder.string() + " holds no .jpg, .jpeg or .png that can be read");
  std::sort(files.begin(), files.end());
  return std::unique_ptr<frame_feed>{std::make_unique<folder_feed>(std::move(files), limits)};
}

} // namespace rollcall::vision
