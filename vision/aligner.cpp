#include "vision/aligner.hpp"

#include <initializer_list>
#include <opencv2/core.hpp>

namespace rollcall::vision {

namespace {

point mean_of(const landmarks& all, std::initializer_list<std::size_t> indices) noexcept {
  point sum;
  for (const auto index : indices) {
    sum.x += all[index].x;
    sum.y += all[index].y;
  }
  const auto count = static_cast<float>(indices.size());
  return {sum.x / count, sum.y / count};
}

} // namespace

five_points five_of(const landmarks& all) noexcept {
  return {mean_of(all, {36, 37, 38, 39, 40, 41}), mean_of(all, {42, 43, 44, 45, 46, 47}), all[30],
          mean_of(all, {48, 60}), mean_of(all, {54, 64})};
}

similarity_transform fit_similarity(const five_points& from, const five_points& to) noexcept {
  constexpr double count = std::tuple_size_v<five_points>;
  double from_x = 0;
  double from_y = 0;
  double to_x = 0;
  double to_y = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    from_x += from[i].x / count;
    from_y += from[i].y / count;
    to_x += to[i].x / count;
    to_y += to[i].y / count;
  }
  double along = 0;
  double across = 0;
  double spread = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double x = from[i].x - from_x;
    const double y = from[i].y - from_y;
    const double u = to[i].x - to_x;
    const double v = to[i].y - to_y;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  similarity_transform fit;
  if (spread > 1e-9) {
    fit.a = along / spread;
    fit.b = across / spread;
  }
  fit.tx = to_x - fit.a * from_x + fit.b * from_y;
  fit.ty = to_y - fit.b * from_x - fit.a * from_y;
  return fit;
}

void align_face(halvings& picture, const landmarks& all, cv::Mat& into) {
  crop(picture, fit_similarity(five_of(all), face_template), template_side_px, template_side_px, cv::BORDER_CONSTANT,
       into);
}

} // namespace rollcall::vision
