#include "vision/capture/video_source.hpp"

#include "tests/support/mp4_file.hpp"
#include "tests/unit/vision/made_videos.hpp"

#include <algorithm>
#include <fcntl.h>
#include <opencv2/imgcodecs.hpp>
#include <random>
#include <sys/stat.h>

namespace rollcall::vision {
namespace {

using core::error_code;
using std::chrono::milliseconds;

class video_source_test : public testing::Test {
protected:
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::string uri(const std::string& name) const { return "file://" + file(name).string(); }

  test::temp_dir folder_;
};

struct made {
  const char* name;
  const char* codec;
  const char* want_codec;
  const char* want_format;
};

TEST_F(video_source_test, reads_every_frame_of_common_formats_and_says_what_they_are) {
  for (const auto& each : {made{"a.mp4", "mp4v", "mpeg4", "QuickTime / MOV"},
                           {"a.avi", "MJPG", "mjpeg", "AVI"},
                           {"a.mkv", "mp4v", "mpeg4", "Matroska / WebM"},
                           {"a.ts", "MPG2", "mpeg2video", "MPEG-TS"}}) {
    make_video(file(each.name), each.codec, {160, 120});
    const auto source = open_video(file(each.name));
    ASSERT_TRUE(source);
    const auto& facts = source->facts();
    EXPECT_EQ(facts.width_px, 160);
    EXPECT_EQ(facts.height_px, 120);
    EXPECT_NEAR(facts.frames_per_s, 25, 0.1);
    EXPECT_EQ(facts.duration, milliseconds{400});
    EXPECT_EQ(facts.codec, each.want_codec);
    EXPECT_EQ(facts.format, each.want_format);
    EXPECT_FALSE(facts.is_live);
    const auto all = read_all(*source);
    EXPECT_FALSE(all.failure);
    ASSERT_EQ(all.frames.size(), 10U) << each.name;
    for (std::size_t i = 0; i < all.frames.size(); ++i) {
      EXPECT_EQ(all.frames[i].number, i);
      EXPECT_EQ(all.frames[i].position, milliseconds{40 * i}) << each.name;
      EXPECT_TRUE(is_green(mean_of(all.frames[i].image, 0, 0))) << each.name;
      EXPECT_NEAR(mean_of(all.frames[i].image, 1, 1)[2], 100 + 10 * static_cast<double>(i), 12) << each.name;
    }
    EXPECT_FALSE(*source->advance()) << "behind the end";
  }
}

TEST_F(video_source_test, gives_the_same_frames_where_others_are_skipped) {
  make_video(file("a.mp4"), "mp4v", {160, 120});
  const auto all = read_all(*open_video(file("a.mp4")));
  const auto source = open_video(file("a.mp4"));
  for (std::size_t i = 0; i < 10; ++i) {
    if (i % 3 != 0) {
      EXPECT_TRUE(*source->advance());
      continue;
    }
    const auto read = source->read();
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->number, i);
    EXPECT_EQ((*read)->position, all.frames[i].position);
    EXPECT_EQ(cv::norm(as_mat((*read)->image), as_mat(all.frames[i].image), cv::NORM_INF), 0);
  }
  EXPECT_FALSE(*source->advance());
}

TEST_F(video_source_test, turns_frames_upright) {
  make_video(file("a.mp4"), "mp4v", {160, 80});
  const std::array<cv::Point, 4> corners{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}; // where the top left one comes to lie
  for (int turns = 0; turns < 4; ++turns) {
    write_file(file("turned.mp4"), test::turned(test::read_file(file("a.mp4")), turns));
    const auto source = open_video(file("turned.mp4"));
    ASSERT_TRUE(source);
    const bool lies = turns % 2 == 0;
    EXPECT_EQ(source->facts().width_px, lies ? 160 : 80);
    const auto frame = source->read();
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->image.width_px, lies ? 160 : 80);
    EXPECT_EQ((*frame)->image.height_px, lies ? 80 : 160);
    const auto& corner = corners[static_cast<std::size_t>(turns)];
    EXPECT_TRUE(is_green(mean_of((*frame)->image, corner.x, corner.y))) << turns << " quarter turns";
    EXPECT_FALSE(is_green(mean_of((*frame)->image, 1 - corner.x, corner.y))) << turns << " quarter turns";
  }
}

// Transport streams may be joined end to end: the size changes, and the clock goes back to its start.
TEST_F(video_source_test, follows_a_size_that_changes_in_the_middle) {
  make_video(file("small.ts"), "MPG2", {160, 120}, 36);
  make_video(file("large.ts"), "MPG2", {640, 480}, 36);
  for (const auto& order : {std::array{"small.ts", "large.ts"}, {"large.ts", "small.ts"}}) {
    auto joined = test::read_file(file(order[0]));
    const auto second = test::read_file(file(order[1]));
    joined.insert(joined.end(), second.begin(), second.end());
    write_file(file("joined.ts"), joined);
    const auto all = read_all(*open_video(file("joined.ts")));
    ASSERT_GE(all.frames.size(), 70U); // a decoder may lose one where they are joined
    EXPECT_NE(all.frames.front().image.width_px, all.frames.back().image.width_px);
    milliseconds last{0};
    for (const auto& frame : all.frames) {
      EXPECT_GE(frame.position, last);
      EXPECT_LE(frame.position, last + milliseconds{100});
      last = frame.position;
      EXPECT_TRUE(is_green(mean_of(frame.image, 0, 0))) << frame.number;
      EXPECT_FALSE(is_green(mean_of(frame.image, 1, 1))) << frame.number;
    }
    EXPECT_NEAR(static_cast<double>(last.count()), 71 * 40, 100); // time goes on in the second
  }
}

TEST_F(video_source_test, converts_frames_of_odd_sizes) {
  for (const auto& size : {cv::Size{2, 2}, {34, 18}, {98, 2}, {1918, 6}}) {
    make_video(file("odd.avi"), "MJPG", size, 2);
    const auto all = read_all(*open_video(file("odd.avi")));
    ASSERT_EQ(all.frames.size(), 2U) << size;
    EXPECT_EQ(all.frames[0].image.width_px, size.width);
    EXPECT_EQ(all.frames[0].image.height_px, size.height);
  }
}

TEST_F(video_source_test, shows_the_pictures_of_a_folder_in_the_order_of_their_names) {
  for (const auto& [name, number] : {std::pair{"b.jpg", 1}, {"a.PNG", 0}, {"c.jpeg", 9}})
    cv::imwrite(file(name).string(), made_frame(number, {40, 30}));
  write_file(file("bad.png"), {1, 2, 3});
  write_file(file("notes.txt"), {1, 2, 3});
  const auto source = open_video(file(""));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->facts().frames_per_s, 1);
  EXPECT_EQ(source->facts().duration, milliseconds{4000});
  const auto first = source->read();
  ASSERT_TRUE(first && *first);
  EXPECT_NEAR(mean_of((*first)->image, 1, 1)[2], 100, 3);
  EXPECT_TRUE(*source->advance());
  const auto bad = source->read();
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.failure().code, error_code::invalid_image_format);
  EXPECT_NE(bad.failure().message.find("bad.png"), std::string::npos);
  const auto last = source->read();
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->number, 3U);
  EXPECT_EQ((*last)->position, milliseconds{3000});
  EXPECT_FALSE(*source->read());
}

TEST_F(video_source_test, finds_nothing_where_there_is_nothing) {
  EXPECT_EQ(refusal_of(uri("missing.mp4")).code, error_code::not_found);
  EXPECT_EQ(refusal_of(uri("")).code, error_code::not_found) << "a folder without pictures";
  EXPECT_EQ(refusal_of("v4l2:///dev/null/video0").code, error_code::not_found);
  EXPECT_EQ(refusal_of("carrier-pigeon://door").code, error_code::invalid_argument);
}

TEST_F(video_source_test, refuses_what_is_no_video_without_a_word_on_stderr) {
  const auto video = file("video.mp4").string();
  make_video(video, "mp4v", {64, 48});
  const auto text = [](const std::string& content) { return core::bytes{content.begin(), content.end()}; };
  core::bytes picture;
  cv::imencode(".jpg", made_frame(0, {64, 48}), picture);
  write_file(file("picture.mp4"), picture);
  cv::imencode(".png", made_frame(0, {64, 48}), picture);
  write_file(file("png.mp4"), picture);
  write_file(file("empty.mp4"), {});
  write_file(file("text.mp4"), text("no video at all, but some words of text"));
  // Files that name others: through them a video could show what its owner may not see.
  write_file(file("playlist.mp4"),
             text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n" + video + "\n#EXT-X-ENDLIST\n"));
  write_file(file("script.mp4"), text("ffconcat version 1.0\nfile " + video + "\n"));
  ASSERT_EQ(::mkfifo(file("pipe.mp4").c_str(), 0600), 0);
  testing::internal::CaptureStderr();
  for (const char* name :
       {"picture.mp4", "png.mp4", "empty.mp4", "text.mp4", "playlist.mp4", "script.mp4", "pipe.mp4"}) {
    const auto refused = refusal_of(uri(name));
    EXPECT_EQ(refused.code, error_code::invalid_image_format) << name;
    EXPECT_NE(refused.message.find(name), std::string::npos) << refused.message;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(video_source_test, refuses_frames_over_the_pixels_before_it_decodes_them) {
  make_video(file("a.avi"), "MJPG", {160, 120});
  capture_limits limits;
  limits.max_pixels = 160 * 120;
  EXPECT_TRUE(video_source::open(uri("a.avi"), limits));
  limits.max_pixels -= 1;
  EXPECT_EQ(refusal_of(uri("a.avi"), limits).code, error_code::image_too_large);
}

TEST_F(video_source_test, ends_or_fails_on_every_beginning_of_a_file) {
  for (const auto& [name, codec] :
       {std::pair{"a.mp4", "mp4v"}, {"a.avi", "MJPG"}, {"a.mkv", "mp4v"}, {"a.ts", "MPG2"}}) {
    make_video(file(name), codec, {64, 48});
    const auto whole = test::read_file(file(name));
    for (std::size_t parts = 0; parts < 12; ++parts) {
      write_file(file("cut"), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * parts / 12)});
      const auto source = video_source::open(uri("cut"));
      if (source)
        EXPECT_LE(read_all(**source).frames.size(), 10U);
      else
        EXPECT_EQ(source.failure().code, error_code::invalid_image_format) << name << source.failure().message;
    }
  }
}

TEST_F(video_source_test, gives_the_frames_of_a_cut_file_and_then_says_that_it_is_cut) {
  make_video(file("a.mp4"), "mp4v", {640, 480}, 30);
  auto content = test::with_index_in_front(test::read_file(file("a.mp4")));
  write_file(file("a.mp4"), content);
  EXPECT_EQ(read_all(*open_video(file("a.mp4"))).frames.size(), 30U);
  content.resize(content.size() * 2 / 3);
  write_file(file("a.mp4"), content);
  const auto all = read_all(*open_video(file("a.mp4")));
  EXPECT_GT(all.frames.size(), 10U);
  EXPECT_LT(all.frames.size(), 30U);
  ASSERT_TRUE(all.failure);
  EXPECT_EQ(all.failure->code, error_code::invalid_image_format);
  EXPECT_NE(all.failure->message.find(std::to_string(all.frames.size())), std::string::npos) << all.failure->message;
}

TEST_F(video_source_test, survives_damaged_bytes) {
  std::mt19937 random{5};
  for (const auto& [name, codec] :
       {std::pair{"a.mp4", "mp4v"}, {"a.avi", "MJPG"}, {"a.mkv", "mp4v"}, {"a.ts", "MPG2"}}) {
    make_video(file(name), codec, {64, 48});
    const auto whole = test::read_file(file(name));
    for (int round = 0; round < 60; ++round) {
      auto damaged = whole;
      for (int flips = 0; flips < 1 + round / 4; ++flips)
        damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
      write_file(file("damaged"), damaged);
      capture_limits limits;
      limits.max_pixels = 1'000'000;
      const auto source = video_source::open(uri("damaged"), limits);
      const auto failure = source ? read_all(**source).failure : std::optional{source.failure()};
      const bool is_expected =
          !failure || failure->code == error_code::invalid_image_format || failure->code == error_code::image_too_large;
      EXPECT_TRUE(is_expected) << name << failure->message;
    }
  }
}

/// A clip of the shared data and what is known of it.
struct clip {
  const char* name;
  int width_px;
  std::size_t frames;
  double frames_per_s;
  milliseconds duration;
};

TEST(video_clips, are_read_whole) {
  const auto folder = test::shared_data() / "video";
  ROLLCALL_NEED(folder);
  for (const auto& want : {clip{"facenet_walkers.mp4", 1920, 105, 25, milliseconds{4203}},
                           {"openpose_street_dance.avi", 1280, 205, 50, milliseconds{4117}},
                           {"liveportrait_d18.mp4", 480, 216, 30, milliseconds{7220}},
                           {"moviepy_chaplin.mp4", 640, 241, 25, milliseconds{9640}},
                           {"no_duration.webm", 1280, 74, 15, milliseconds{0}},
                           {"1x1_5frames.mp4", 1, 5, 1, milliseconds{5000}}}) {
    const auto source = open_video(folder / want.name);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->facts().width_px, want.width_px) << want.name;
    EXPECT_NEAR(source->facts().frames_per_s, want.frames_per_s, 0.1) << want.name;
    EXPECT_EQ(source->facts().duration, want.duration) << want.name;
    std::size_t frames = 0;
    while (*source->advance())
      ++frames;
    EXPECT_EQ(frames, want.frames) << want.name;
  }
}

TEST(video_clips, that_are_broken_are_refused) {
  const auto folder = std::filesystem::absolute(test::shared_data() / "video");
  ROLLCALL_NEED(folder);
  for (const char* name : {"zero_bytes.webm", "derived_truncated_half.mp4"})
    EXPECT_EQ(refusal_of("file://" + (folder / name).string()).code, error_code::invalid_image_format) << name;
}

} // namespace
} // namespace rollcall::vision
