// The plain classes of a camera: who is recognised, what a capture gives.
#include "actors/ingest/capture.hpp"
#include "actors/ingest/event_outbox.hpp"
#include "actors/ingest/recogniser.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using wire::event_kind;

core::uuid id_of(std::uint8_t n) {
  core::uuid made;
  made.value[15] = n;
  return made;
}

// -- recogniser

std::vector<wire::event_candidate> found(std::uint8_t face, const std::string& external = {},
                                         const std::string& user = {}) {
  wire::event_candidate made{core::face_id{id_of(face)}, 95, {}, {}, {}, {}, {}};
  if (!external.empty())
    made.external_image_id = external;
  if (!user.empty())
    made.user_id = user;
  return {made};
}

TEST(recogniser_test, tells_a_person_once_when_enough_searches_in_a_row_agree) {
  recogniser told(2);
  EXPECT_EQ(told.add(7, found(1, "ann")), std::nullopt);
  EXPECT_EQ(told.add(7, {}), std::nullopt);                        // seen badly: says nothing
  EXPECT_EQ(told.add(7, found(2, "ann")), event_kind::recognised); // another picture of her
  EXPECT_EQ(told.add(7, found(1, "ann")), std::nullopt);
}

TEST(recogniser_test, one_search_that_finds_another_begins_anew) {
  recogniser told(2);
  EXPECT_EQ(told.add(7, found(1, "ann")), std::nullopt);
  EXPECT_EQ(told.add(7, found(3, "bob")), std::nullopt);
  EXPECT_EQ(told.add(7, found(1, "ann")), std::nullopt);
  EXPECT_EQ(told.add(7, found(1, "ann")), event_kind::recognised);
}

TEST(recogniser_test, a_changed_identity_is_told_as_such) {
  recogniser told(2);
  for (int i = 0; i < 2; ++i)
    static_cast<void>(told.add(7, found(1, "ann")));
  EXPECT_EQ(told.add(7, found(3, "bob")), std::nullopt);
  EXPECT_EQ(told.add(7, found(3, "bob")), event_kind::identity_changed);
  EXPECT_EQ(told.add(7, found(1, "ann")), std::nullopt);
  EXPECT_EQ(told.add(7, found(1, "ann")), event_kind::identity_changed);
}

TEST(recogniser_test, users_go_before_pictures_and_those_before_faces) {
  recogniser told(2);
  EXPECT_EQ(told.add(1, found(1, "a.jpg", "ann")), std::nullopt);
  EXPECT_EQ(told.add(1, found(2, "b.jpg", "ann")), event_kind::recognised);
  EXPECT_EQ(told.add(2, found(1)), std::nullopt);
  EXPECT_EQ(told.add(2, found(2)), std::nullopt);
  EXPECT_EQ(told.add(2, found(2)), event_kind::recognised);
}

TEST(recogniser_test, a_track_that_goes_on_needs_no_new_confirmations) {
  recogniser told(2);
  static_cast<void>(told.add(1, found(1, "ann")));
  EXPECT_EQ(told.add(1, found(1, "ann")), event_kind::recognised);
  told.follow(2, 1);
  told.forget(1);
  EXPECT_EQ(told.add(2, found(1, "ann")), event_kind::recognised);
  EXPECT_EQ(told.add(2, found(1, "ann")), std::nullopt);
  EXPECT_EQ(told.add(3, found(1, "ann")), std::nullopt); // somebody new, by the tracker
  EXPECT_EQ(told.tracks(), 2U);
}

TEST(recogniser_test, one_that_goes_on_as_somebody_else_is_believed_as_slowly_as_any) {
  recogniser told(2);
  for (int i = 0; i < 2; ++i)
    static_cast<void>(told.add(1, found(1, "ann")));
  told.follow(2, 1);
  EXPECT_EQ(told.add(2, found(3, "bob")), std::nullopt);
  EXPECT_EQ(told.add(2, found(3, "bob")), event_kind::recognised);
}

// -- event_outbox

wire::event numbered(std::uint64_t n) {
  wire::event made;
  made.run = n;
  made.captured = core::wall_time{std::chrono::seconds{n}};
  return made;
}

std::string numbers(const std::vector<wire::event>& of) {
  std::string all;
  for (const auto& one : of)
    all += std::to_string(one.run);
  return all;
}

TEST(event_outbox_test, gives_events_in_order_a_part_at_a_time_and_again_after_a_failure) {
  event_outbox box(9);
  for (std::uint64_t n = 1; n <= 5; ++n)
    EXPECT_EQ(box.add(numbered(n)), 0U);
  EXPECT_EQ(numbers(box.begin(3)), "123");
  EXPECT_EQ(numbers(box.begin(3)), ""); // these are being written
  EXPECT_EQ(numbers(box.settle(false)), "");
  EXPECT_EQ(numbers(box.begin(3)), "123");
  EXPECT_EQ(numbers(box.settle(true)), "123");
  EXPECT_EQ(numbers(box.begin(3)), "45");
  EXPECT_EQ(numbers(box.settle(true)), "45");
  EXPECT_TRUE(box.empty());
}

TEST(event_outbox_test, the_oldest_that_is_not_being_written_gives_way) {
  event_outbox box(4);
  for (std::uint64_t n = 1; n <= 4; ++n)
    EXPECT_EQ(box.add(numbered(n)), 0U);
  EXPECT_EQ(numbers(box.begin(2)), "12");
  EXPECT_FALSE(box.take_loss());
  EXPECT_EQ(box.add(numbered(5)), 1U);
  EXPECT_EQ(box.add(numbered(6)), 1U);
  EXPECT_EQ(box.take_loss(), core::wall_time{std::chrono::seconds{3}}); // the first that gave way
  EXPECT_FALSE(box.take_loss());
  EXPECT_EQ(numbers(box.settle(true)), "12"); // what was stored is what was given
  EXPECT_EQ(numbers(box.begin(9)), "56");
}

// -- capture

/// What a feed gives, one after the other; at the end it is over, unless an error is the last.
struct script {
  std::vector<milliseconds> frames; ///< positions
  std::optional<core::error> breaks;
  bool is_live = true;
  std::uint8_t shade = 0;     ///< of all its pictures; 0: each has its own
  std::size_t unreadable = 0; ///< frame, from 1
};

class scripted_feed final : public feed {
public:
  explicit scripted_feed(script what) : what_(std::move(what)) {}
  core::result<vision::video_frame> frame() override {
    if (what_.unreadable == at_)
      return core::fail(core::error_code::invalid_image_format, "a damaged picture");
    const auto shade = what_.shade != 0 ? what_.shade : static_cast<std::uint8_t>(at_);
    std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[48]);
    std::fill_n(pixels.get(), 48, shade);
    return vision::video_frame{{4, 4, 12, {pixels, pixels.get()}}, at_ - 1, what_.frames[at_ - 1]};
  }
  [[nodiscard]] std::optional<milliseconds> position() const override { return what_.frames[at_ - 1]; }
  core::result<bool> advance() override {
    if (at_ == what_.frames.size() && what_.breaks)
      return *what_.breaks;
    if (at_ == what_.frames.size())
      return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool is_live() const override { return what_.is_live; }

private:
  script what_;
  std::size_t at_ = 0;
};

class capture_test : public ::testing::Test {
protected:
  void start(std::vector<core::result<script>> scripts, capture_settings settings = {}) {
    settings.first_pause = milliseconds{1};
    settings.longest_pause = milliseconds{1};
    scripts_.assign(std::make_move_iterator(scripts.begin()), std::make_move_iterator(scripts.end()));
    running_.emplace(settings,
                     capture_ports{[this] { return open(); }, [this] { note("ready"); },
                                   [this](capture_change what, const std::string& why) { note(what, why); },
                                   [this] { return core::system_wall_clock{}.now() + milliseconds{wall_is_off_}; }});
  }
  /// Waits until it was told so often.
  bool wait_for(const std::string& what, int times = 1) {
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, seconds{10}, [&] { return std::ranges::count(notes_, what) >= times; });
  }
  std::string last_reason() {
    const std::lock_guard lock(mutex_);
    return reason_;
  }
  std::string last_jump() {
    const std::lock_guard lock(mutex_);
    return jump_;
  }
  std::vector<std::string> notes() {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

  std::optional<capture> running_;
  std::atomic<int> wall_is_off_ = 0; ///< milliseconds

private:
  core::result<std::unique_ptr<feed>> open() {
    const std::lock_guard lock(mutex_);
    if (scripts_.empty())
      return core::fail(core::error_code::not_found, "no more scripts");
    auto next = std::move(scripts_.front());
    scripts_.pop_front();
    if (!next)
      return std::move(next).failure();
    return std::unique_ptr<feed>(std::make_unique<scripted_feed>(*std::move(next)));
  }
  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(what);
    told_.notify_all();
  }
  void note(capture_change what, const std::string& why) {
    static const std::map<capture_change, std::string> names{
        {capture_change::up, "up"},           {capture_change::down, "down"},
        {capture_change::stalled, "stalled"}, {capture_change::clock_set, "clock_set"},
        {capture_change::over, "over"},       {capture_change::failed, "failed"}};
    {
      const std::lock_guard lock(mutex_);
      reason_ = why;
      if (what == capture_change::clock_set)
        jump_ = why;
    }
    note(names.at(what));
  }

  std::mutex mutex_;
  std::condition_variable told_;
  std::deque<core::result<script>> scripts_;
  std::vector<std::string> notes_;
  std::string reason_;
  std::string jump_;
};

constexpr capture_settings every_frame{.frames_per_s = 1'000};

core::error away() {
  return core::fail(core::error_code::unavailable, "the camera does not answer");
}

TEST_F(capture_test, a_file_is_played_to_its_end_and_its_newest_frame_waits) {
  start({script{{milliseconds{0}, milliseconds{1}, milliseconds{2}}, {}, false}}, every_frame);
  ASSERT_TRUE(wait_for("over"));
  EXPECT_EQ(notes(), (std::vector<std::string>{"up", "ready", "over"}));
  const auto frame = running_->take();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->position, milliseconds{2});
  EXPECT_FALSE(running_->take());
  EXPECT_EQ(running_->frames(), 3U);
  EXPECT_EQ(running_->dropped(), 2U); // nobody took them
}

TEST_F(capture_test, passes_over_frames_that_are_more_than_are_wanted) {
  std::vector<milliseconds> many;
  for (int i = 0; i < 25; ++i)
    many.emplace_back(4 * i); // 250 a second
  start({script{many, {}, false}}, {.frames_per_s = 50});
  ASSERT_TRUE(wait_for("over"));
  EXPECT_EQ(running_->frames(), 25U);
  EXPECT_EQ(running_->dropped(), 4U);
}

TEST_F(capture_test, a_stream_that_breaks_off_is_opened_again_and_time_goes_on) {
  start({away(), away(), script{{milliseconds{0}, milliseconds{40}}, away()},
         script{{milliseconds{0}, milliseconds{10}}, away()}},
        every_frame);
  ASSERT_TRUE(wait_for("failed")); // the script ends so
  EXPECT_EQ(notes(), (std::vector<std::string>{"down", "up", "ready", "down", "up", "down", "failed"}));
  const auto frame = running_->take();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->position, milliseconds{50});
}

TEST_F(capture_test, a_file_that_is_damaged_is_not_tried_again) {
  start({script{{milliseconds{0}}, core::fail(core::error_code::invalid_image_format, "cut short"), false}});
  ASSERT_TRUE(wait_for("failed"));
  EXPECT_EQ(last_reason(), "cut short");
}

TEST_F(capture_test, a_file_that_repeats_begins_anew_and_time_goes_on) {
  const script file{{milliseconds{0}, milliseconds{5}}, {}, false};
  start({file, file, file}, {.frames_per_s = 1'000, .repeats = true});
  ASSERT_TRUE(wait_for("failed"));
  EXPECT_EQ(std::ranges::count(notes(), std::string("up")), 1);
  EXPECT_EQ(running_->take()->position, milliseconds{15});
}

TEST_F(capture_test, a_live_camera_whose_pictures_stay_the_same_is_told_once) {
  script still{{milliseconds{0}, milliseconds{1}, milliseconds{2}, milliseconds{3}}, away(), true, 9};
  start({still}, {.frames_per_s = 1'000, .frozen_after = milliseconds{0}});
  ASSERT_TRUE(wait_for("failed"));
  EXPECT_EQ(std::ranges::count(notes(), std::string("stalled")), 1);
}

TEST_F(capture_test, a_camera_that_goes_on_after_a_standstill_is_told) {
  const script still{{milliseconds{0}, milliseconds{1}, milliseconds{2}}, away(), true, 9};
  const script moving{{milliseconds{0}, milliseconds{2}, milliseconds{4}}, {}, true};
  start({still, moving}, {.frames_per_s = 1'000, .frozen_after = milliseconds{0}});
  ASSERT_TRUE(wait_for("over"));
  const auto told = notes();
  const auto stalled = std::ranges::find(told, "stalled");
  EXPECT_EQ(std::count(stalled, told.end(), "up"), 2) << "opened again, and another picture";
}

TEST_F(capture_test, a_file_of_which_nothing_can_be_decoded_has_failed) {
  for (const bool repeats : {false, true}) {
    script broken{{milliseconds{0}}, {}, false};
    broken.unreadable = 1;
    start({broken}, {.frames_per_s = 1'000, .repeats = repeats});
    ASSERT_TRUE(wait_for("failed", repeats ? 2 : 1));
    EXPECT_EQ(last_reason(), "None of its pictures can be decoded: a damaged picture");
    EXPECT_EQ(running_->unreadable(), 1U);
  }
}

TEST_F(capture_test, a_clock_that_was_set_is_told_and_one_that_was_corrected_is_not) {
  wall_is_off_ = 1'000;
  script slow{{milliseconds{0}, milliseconds{150}, milliseconds{300}, milliseconds{450}}, {}, false};
  start({slow});
  ASSERT_TRUE(wait_for("ready"));
  wall_is_off_ = 0;
  static_cast<void>(running_->take());
  ASSERT_TRUE(wait_for("ready", 2));
  wall_is_off_ = -3'600'000;
  ASSERT_TRUE(wait_for("over"));
  EXPECT_EQ(std::ranges::count(notes(), std::string("clock_set")), 1);
  EXPECT_NE(last_jump().find("by -3"), std::string::npos) << last_jump();
}

TEST_F(capture_test, a_camera_whose_clock_is_set_is_watched_on_and_it_is_told) {
  start({script{{milliseconds{7'200'000}, milliseconds{7'200'040}, milliseconds{0}, milliseconds{40}}, away()}},
        every_frame);
  ASSERT_TRUE(wait_for("failed"));
  EXPECT_EQ(std::ranges::count(notes(), std::string("clock_set")), 1);
  EXPECT_EQ(last_jump().find("The clock of the camera was set by -7200"), 0U) << last_jump();
  const auto position = running_->take()->position; // 40 before it was set, and 40 after it
  EXPECT_GE(position, milliseconds{80});
  EXPECT_LT(position, milliseconds{9'000});
}

TEST_F(capture_test, a_frame_that_can_not_be_decoded_costs_itself_alone) {
  script damaged{{milliseconds{0}, milliseconds{1}, milliseconds{2}}, {}, false};
  damaged.unreadable = 2;
  start({damaged}, every_frame);
  ASSERT_TRUE(wait_for("over"));
  EXPECT_EQ(running_->frames(), 3U);
  EXPECT_EQ(running_->unreadable(), 1U);
  EXPECT_EQ(running_->take()->position, milliseconds{2});
  EXPECT_EQ(running_->dropped(), 1U);
}

TEST_F(capture_test, says_nothing_after_it_was_stopped) {
  start({script{std::vector<milliseconds>{milliseconds{0}, milliseconds{3'600'000}}, {}, false}});
  ASSERT_TRUE(wait_for("ready"));
  running_->stop();
  const auto before = notes().size();
  running_.reset(); // does not wait for an hour
  EXPECT_EQ(notes().size(), before);
}

} // namespace

} // namespace rollcall::actors
