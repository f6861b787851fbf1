#include "vision/track/face_looks.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace rollcall::vision {
namespace {

using colour_at = std::function<int(int row, int column, int channel)>;

bgr8_image make_crop(const colour_at& colour, int side = 112) {
  const auto stride = static_cast<std::size_t>(side) * 3 + 5; // rows may be longer than their pixels
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[stride * static_cast<std::size_t>(side)]);
  for (int row = 0; row < side; ++row)
    for (int at = 0; at < 3 * side; ++at)
      pixels[static_cast<std::size_t>(row) * stride + static_cast<std::size_t>(at)] =
          static_cast<std::uint8_t>(colour(row, at / 3, at % 3));
  return {side, side, stride, {pixels, pixels.get()}};
}

int slope_down(int row, int /*column*/, int channel) {
  return 40 + row + 10 * channel;
}

TEST(face_looks, are_the_same_in_another_light_and_the_opposite_of_the_negative) {
  const face_looks looks{make_crop(slope_down)};
  EXPECT_NEAR(*looks.likeness(looks), 1, 1e-5);
  const face_looks brighter{make_crop([](int r, int c, int ch) { return slope_down(r, c, ch) + 50; })};
  EXPECT_NEAR(*looks.likeness(brighter), 1, 1e-5);
  const face_looks negative{make_crop([](int r, int c, int ch) { return 255 - slope_down(r, c, ch); })};
  EXPECT_NEAR(*looks.likeness(negative), -1, 1e-5);
  const face_looks other{make_crop([](int, int column, int) { return 40 + column; })};
  EXPECT_LT(*looks.likeness(other), 0.5F);
}

TEST(face_looks, tell_colours_apart) {
  const auto only = [](int wanted) {
    return face_looks{make_crop([=](int, int, int channel) { return channel == wanted ? 200 : 50; })};
  };
  EXPECT_LT(*only(0).likeness(only(2)), 0.0F);
}

TEST(face_looks, are_not_known_without_a_picture_or_of_one_colour) {
  const face_looks looks{make_crop(slope_down)};
  for (const auto& none :
       {face_looks{}, face_looks{bgr8_image{}}, face_looks{make_crop([](int, int, int) { return 90; })},
        face_looks{make_crop(slope_down, 7)}}) {
    EXPECT_FALSE(none.likeness(looks));
    EXPECT_FALSE(looks.likeness(none));
  }
}

TEST(face_looks, follow_a_face_that_changes) {
  const face_looks before{make_crop(slope_down)};
  const face_looks after{make_crop([](int, int column, int) { return 40 + column; })};
  auto kept = before;
  float last = *kept.likeness(after);
  for (int i = 0; i < 8; ++i) {
    kept.follow(after);
    EXPECT_GT(*kept.likeness(after), last);
    last = *kept.likeness(after);
  }
  EXPECT_GT(last, 0.9F);
  kept.follow(face_looks{});
  EXPECT_EQ(*kept.likeness(after), last);
  face_looks fresh;
  fresh.follow(before);
  EXPECT_NEAR(*fresh.likeness(before), 1, 1e-5);
}

} // namespace
} // namespace rollcall::vision
