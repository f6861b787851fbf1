#include "bench/one_face_picture.hpp"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace rollcall::bench {

namespace {

constexpr int width_px = 640;
constexpr int height_px = 480;
constexpr float heights_per_face = 2.5F;
constexpr int jpeg_quality = 90;

/// The 4:3 surroundings of `face`, inside the picture; empty where they don't fit.
cv::Rect surroundings(const vision::face& face, const cv::Mat& picture) {
  const float height = face.box.height * heights_per_face;
  const float width = height * width_px / height_px;
  const cv::Rect2f wanted{face.box.left + face.box.width / 2 - width / 2,
                          face.box.top + face.box.height / 2 - height / 2, width, height};
  const cv::Rect2f whole{0, 0, static_cast<float>(picture.cols), static_cast<float>(picture.rows)};
  const auto inside = wanted & whole;
  return inside.area() < 0.999F * wanted.area() ? cv::Rect{} : cv::Rect{inside};
}

core::bytes cut(const cv::Mat& picture, const cv::Rect& where) {
  cv::Mat scaled;
  cv::resize(picture(where), scaled, {width_px, height_px}, 0, 0, cv::INTER_AREA);
  core::bytes encoded;
  cv::imencode(".jpg", scaled, encoded, {cv::IMWRITE_JPEG_QUALITY, jpeg_quality});
  return encoded;
}

std::vector<vision::face> faces_of(const core::bytes& encoded, pipeline& with) {
  std::vector<vision::face> faces;
  with.for_each(1, [&](std::size_t, vision::face_analyzer& analyzer) {
    if (auto found = analyzer.analyze(encoded, {}))
      faces = std::move(found->faces);
  });
  return faces;
}

} // namespace

core::result<core::bytes> one_face_picture(const std::filesystem::path& photos, pipeline& with) {
  for (int sample = 1; sample <= 6; ++sample) {
    const auto encoded = read_bytes(photos / ("sample" + std::to_string(sample) + ".jpg"));
    if (encoded.empty())
      continue;
    const auto picture = cv::imdecode(encoded, cv::IMREAD_COLOR);
    for (const auto& face : faces_of(encoded, with)) {
      const auto where = surroundings(face, picture);
      if (where.empty())
        continue;
      auto crop = cut(picture, where);
      if (faces_of(crop, with).size() == 1)
        return crop;
    }
  }
  return core::fail(core::error_code::not_found,
                    "no photograph with a lone face under " + photos.string() + "; run ./dev setup");
}

} // namespace rollcall::bench
