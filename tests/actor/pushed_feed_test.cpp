// Frames that are pushed: what a camera's thread gets of them.
#include "actors/ingest/pushed_feed.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace rollcall::actors {
namespace {

using std::chrono::milliseconds;

core::steady_time now() {
  return std::chrono::steady_clock::now();
}

core::shared_bytes picture() {
  static const auto one = [] {
    // A grey PNG of 80 x 80, the smallest that is taken.
    constexpr std::uint8_t png[] = {
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00,
        0x00, 0x50, 0x00, 0x00, 0x00, 0x50, 0x08, 0x00, 0x00, 0x00, 0x00, 0xab, 0x7a, 0xad, 0x71, 0x00, 0x00, 0x00,
        0x31, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0xed, 0xcc, 0x41, 0x11, 0x00, 0x00, 0x0c, 0x02, 0x20, 0xa3, 0x1b,
        0xdd, 0x12, 0x7b, 0xed, 0x20, 0x00, 0xe9, 0xb1, 0x08, 0x85, 0x42, 0xa1, 0x50, 0x28, 0x14, 0x0a, 0x85, 0x42,
        0xa1, 0x50, 0x28, 0x14, 0x0a, 0x85, 0x42, 0xa1, 0x50, 0x28, 0x14, 0xfe, 0x0a, 0x07, 0x5e, 0xe3, 0x80, 0xb5,
        0x24, 0xa9, 0x82, 0xdb, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
    return std::make_shared<const core::bytes>(std::begin(png), std::end(png));
  }();
  return one;
}

TEST(frame_inbox, holds_the_newest_and_says_when_one_gave_way) {
  frame_inbox in;
  EXPECT_TRUE(in.put({picture(), core::wall_time{milliseconds{1}}, now()}));
  EXPECT_FALSE(in.put({picture(), core::wall_time{milliseconds{2}}, now()}));
  EXPECT_EQ(in.take(now())->at, core::wall_time{milliseconds{2}});
  EXPECT_FALSE(in.take(now()));
}

TEST(frame_inbox, wakes_who_waits_when_it_is_closed) {
  frame_inbox in;
  std::thread closer([&] { in.close(); });
  EXPECT_FALSE(in.take(now() + std::chrono::minutes{1}));
  closer.join();
}

const auto rubbish = std::make_shared<const core::bytes>(core::bytes{1, 2, 3});

TEST(pushed_feed, gives_pictures_with_their_own_time) {
  const auto in = std::make_shared<frame_inbox>();
  const auto feed = make_pushed_feed(in);
  EXPECT_TRUE(feed->is_live());
  const auto first = now();
  in->put({picture(), core::wall_time{milliseconds{7}}, first});
  ASSERT_TRUE(feed->advance());
  const auto one = feed->frame();
  ASSERT_TRUE(one);
  EXPECT_EQ(one->image.width_px, 80);
  EXPECT_EQ(one->at, core::wall_time{milliseconds{7}});
  EXPECT_EQ(one->position, milliseconds{0});
  in->put({picture(), {}, first + milliseconds{2'000}});
  ASSERT_TRUE(feed->advance());
  EXPECT_EQ(feed->position(), milliseconds{2'000});
  EXPECT_EQ(feed->frame()->number, 1U);
}

TEST(pushed_feed, one_that_can_not_be_decoded_is_said_to_be_so_and_the_next_is_given) {
  const auto in = std::make_shared<frame_inbox>();
  const auto feed = make_pushed_feed(in);
  in->put({rubbish, {}, now()});
  ASSERT_TRUE(feed->advance());
  EXPECT_EQ(feed->frame().failure().code, core::error_code::invalid_image_format);
  in->put({picture(), {}, now()});
  ASSERT_TRUE(feed->advance());
  EXPECT_TRUE(feed->frame());
}

TEST(pushed_feed, counts_as_broken_off_when_none_comes_or_none_that_can_be_decoded) {
  const auto in = std::make_shared<frame_inbox>();
  EXPECT_EQ(make_pushed_feed(in, milliseconds{20})->advance().failure().message, "No frame was pushed for 20 ms.");

  const auto feed = make_pushed_feed(in, milliseconds{20});
  core::result<bool> came = true;
  while (came) { // as fast as they are taken
    in->put({rubbish, {}, now()});
    came = feed->advance();
    if (came) {
      EXPECT_FALSE(feed->frame());
    }
  }
  EXPECT_EQ(came.failure().code, core::error_code::unavailable);
  EXPECT_EQ(came.failure().message.find("No frame that can be decoded was pushed for 20 ms: "), 0U)
      << came.failure().message;
  in->close();
  EXPECT_EQ(make_pushed_feed(in)->advance().failure().message, "The camera has ended.");
}

} // namespace
} // namespace rollcall::actors
