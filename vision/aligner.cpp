#include "vision/aligner.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <opencv2/imgproc.hpp>

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

/// Shrinking by more than this in one bilinear step would skip pixels.
constexpr double max_shrink = 2;

} // namespace

five_points five_of(const landmarks& all) noexcept {
  return {mean_of(all, {37, 38, 40, 41}), mean_of(all, {43, 44, 46, 47}), all[30], mean_of(all, {48, 60}),
          mean_of(all, {54, 64})};
}

point similarity_transform::apply(const point& p) const noexcept {
  return {static_cast<float>(a * p.x - b * p.y + tx), static_cast<float>(b * p.x + a * p.y + ty)};
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

void align_face(const cv::Mat& picture, const landmarks& all, cv::Mat& into) {
  auto fit = fit_similarity(five_of(all), face_template);
  cv::Mat source = picture;
  const double shrink = 1 / std::max(1e-6, std::hypot(fit.a, fit.b));
  if (shrink > max_shrink) {
    // Only the part around the face is shrunk first, by area, to about twice the crop's resolution.
    const double step = max_shrink / shrink;
    const auto middle = all[30];
    const auto reach = static_cast<float>(shrink * template_side_px);
    const cv::Rect part = cv::Rect{static_cast<int>(middle.x - reach), static_cast<int>(middle.y - reach),
                                   static_cast<int>(2 * reach), static_cast<int>(2 * reach)}
                          & cv::Rect{0, 0, picture.cols, picture.rows};
    if (!part.empty() && part.width * step >= 1 && part.height * step >= 1) {
      cv::resize(picture(part), source, {}, step, step, cv::INTER_AREA);
      // Pixel centres: x_small + 0.5 = (x - part.x + 0.5) × step.
      const double dx = part.x - 0.5 + 0.5 / step;
      const double dy = part.y - 0.5 + 0.5 / step;
      fit.tx += fit.a * dx - fit.b * dy;
      fit.ty += fit.b * dx + fit.a * dy;
      fit.a /= step;
      fit.b /= step;
    }
  }
  const cv::Matx23d matrix{fit.a, -fit.b, fit.tx, fit.b, fit.a, fit.ty};
  cv::warpAffine(source, into, matrix, {template_side_px, template_side_px}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
}

} // namespace rollcall::vision
