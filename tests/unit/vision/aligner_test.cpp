#include "vision/aligner.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {
namespace {

five_points under(const similarity_transform& transform, const five_points& points) {
  five_points moved;
  for (std::size_t i = 0; i < points.size(); ++i)
    moved[i] = transform.apply(points[i]);
  return moved;
}

TEST(fit_similarity, finds_a_known_transform_again) {
  const similarity_transform known{0.3, -0.4, 12, -7};
  const auto fit = fit_similarity(face_template, under(known, face_template));
  EXPECT_NEAR(fit.a, known.a, 1e-4);
  EXPECT_NEAR(fit.b, known.b, 1e-4);
  EXPECT_NEAR(fit.tx, known.tx, 1e-3);
  EXPECT_NEAR(fit.ty, known.ty, 1e-3);
}

TEST(fit_similarity, is_no_worse_than_any_neighbour) {
  auto noisy = face_template;
  noisy[0].x += 5;
  noisy[2].y -= 3;
  const auto cost = [&](const similarity_transform& of) {
    double sum = 0;
    const auto moved = under(of, noisy);
    for (std::size_t i = 0; i < moved.size(); ++i)
      sum += std::pow(moved[i].x - face_template[i].x, 2) + std::pow(moved[i].y - face_template[i].y, 2);
    return sum;
  };
  const auto best = fit_similarity(noisy, face_template);
  for (const double step : {-0.01, 0.01}) {
    EXPECT_LT(cost(best), cost({best.a + step, best.b, best.tx, best.ty}));
    EXPECT_LT(cost(best), cost({best.a, best.b + step, best.tx, best.ty}));
    EXPECT_LT(cost(best), cost({best.a, best.b, best.tx + 10 * step, best.ty}));
    EXPECT_LT(cost(best), cost({best.a, best.b, best.tx, best.ty + 10 * step}));
  }
}

TEST(fit_similarity, survives_points_that_are_one) {
  five_points same;
  same.fill({3, 4});
  const auto fit = fit_similarity(same, face_template);
  EXPECT_TRUE(std::isfinite(fit.a) && std::isfinite(fit.b) && std::isfinite(fit.tx) && std::isfinite(fit.ty));
}

/// Landmarks whose five points are `five`.
landmarks around(const five_points& five) {
  landmarks all{};
  for (const std::size_t i : {36, 37, 38, 39, 40, 41})
    all[i] = five[0];
  for (const std::size_t i : {42, 43, 44, 45, 46, 47})
    all[i] = five[1];
  all[30] = five[2];
  all[48] = all[60] = five[3];
  all[54] = all[64] = five[4];
  return all;
}

TEST(align_face, brings_a_turned_face_of_any_size_to_the_template) {
  for (const double size : {0.5, 1.0, 2.3, 5.0, 9.0}) {
    const similarity_transform placed{size * std::cos(0.4), size * std::sin(0.4), 450, 150};
    cv::Mat picture{1'500, 1'500, CV_8UC3, cv::Scalar::all(0)};
    const auto five = under(placed, face_template);
    for (const auto& each : five)
      cv::circle(picture, {static_cast<int>(std::lround(each.x)), static_cast<int>(std::lround(each.y))},
                 static_cast<int>(4 * size), cv::Scalar::all(255), cv::FILLED);
    halvings from;
    from.reset(picture);
    cv::Mat aligned;
    align_face(from, around(five), aligned);
    ASSERT_EQ(aligned.size(), cv::Size(112, 112));
    for (const auto& each : face_template) {
      // The middle of mass of each dot lies on the template within a third of a pixel (dots of odd size are rounded).
      cv::Mat grey;
      cv::cvtColor(aligned(cv::Rect{static_cast<int>(each.x) - 8, static_cast<int>(each.y) - 8, 17, 17}), grey,
                   cv::COLOR_BGR2GRAY);
      const auto moments = cv::moments(grey);
      EXPECT_NEAR(moments.m10 / moments.m00 + static_cast<int>(each.x) - 8, each.x, size < 1 ? 1.0 : 0.5) << size;
      EXPECT_NEAR(moments.m01 / moments.m00 + static_cast<int>(each.y) - 8, each.y, size < 1 ? 1.0 : 0.5) << size;
    }
  }
}

} // namespace
} // namespace rollcall::vision
