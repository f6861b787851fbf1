#include "actors/ingest/capture.hpp"

#include <algorithm>

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds noticed_jump{2'000};

core::steady_time steady_now() {
  return std::chrono::steady_clock::now();
}

// Of some hundred rows: two pictures of a sensor never agree in them.
std::uint64_t checksum(const vision::bgr8_image& of) {
  std::uint64_t sum = 14695981039346656037ULL;
  const int step = std::max(1, of.height_px / 128);
  for (int row = 0; row < of.height_px; row += step) {
    const auto* at = of.pixels.get() + static_cast<std::size_t>(row) * of.stride_bytes;
    for (int column = 0; column < 3 * of.width_px; column += 7)
      sum = (sum ^ at[column]) * 1099511628211ULL;
  }
  return sum;
}

bool may_come_back(const core::error& failed) {
  return failed.code == core::error_code::unavailable || failed.code == core::error_code::deadline_exceeded;
}

} // namespace

capture::capture(const capture_settings& settings, capture_ports ports)
    : settings_(settings),
      ports_(std::move(ports)),
      pace_(settings.frames_per_s),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

capture::~capture() {
  stop();
}

void capture::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  thread_.request_stop();
}

std::optional<captured_frame> capture::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(newest_, std::nullopt);
}

void capture::tell(capture_change what, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!is_stopped_)
    ports_.changed(what, why);
}

bool capture::wait_until(core::steady_time when, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, stop, when, [&] { return is_stopped_; });
  return !is_stopped_ && !stop.stop_requested();
}

void capture::run(const std::stop_token& stop) {
  auto pause = settings_.first_pause;
  while (!stop.stop_requested()) {
    auto opened = ports_.open();
    if (!opened && !may_come_back(opened.failure()))
      return tell(capture_change::failed, opened.failure().message);
    const auto before = frames_.load();
    if (opened) {
      const auto end = play(**opened, stop);
      if (end == play_end::stopped)
        return;
      if (end == play_end::over && unreadable_ > 0 && !has_shown_)
        return tell(capture_change::failed, "None of its pictures can be decoded: " + error_);
      if (end == play_end::over && !settings_.repeats)
        return tell(capture_change::over, "The stream is over.");
      const bool is_useless = end == play_end::broke_off && !(*opened)->is_live();
      if (is_useless)
        return tell(capture_change::failed, error_);
      if (end == play_end::over && frames_ > before)
        continue;
    } else {
      error_ = opened.failure().message;
    }
    if (!is_down_)
      tell(capture_change::down, error_);
    is_down_ = true;
    if (frames_ > before)
      pause = settings_.first_pause;
    if (!wait_until(steady_now() + pause, stop))
      return;
    pause = std::min(2 * pause, settings_.longest_pause);
  }
}

capture::play_end capture::play(feed& from, const std::stop_token& stop) {
  const auto began = steady_now();
  played_ = last_;
  live_clock clock;
  bool is_first = true;
  while (!stop.stop_requested()) {
    const auto is_there = from.advance();
    if (!is_there) {
      error_ = is_there.failure().message;
      return play_end::broke_off;
    }
    if (!*is_there)
      return play_end::over;
    ++frames_;
    const auto position = from.position();
    last_ = std::max(last_, played_ + (from.is_live() ? place(clock, position) : position.value_or(milliseconds{0})));
    if (std::exchange(is_first, false) && (is_down_ || played_ == milliseconds{0})) {
      is_down_ = false;
      tell(capture_change::up, "");
    }
    if (!pace_.is_due(last_))
      continue;
    if (!from.is_live() && !wait_until(began + position.value_or(milliseconds{0}), stop))
      return play_end::stopped;
    auto frame = from.frame();
    if (!frame) {
      error_ = frame.failure().message;
      if (frame.failure().code != core::error_code::invalid_image_format)
        return play_end::broke_off;
      ++unreadable_; // others may be whole
      continue;
    }
    has_shown_ = true;
    watch_for_standstill(from, frame->image);
    put(*std::move(frame));
  }
  return play_end::stopped;
}

milliseconds capture::place(live_clock& clock, std::optional<milliseconds> stamp) {
  const auto read = clock.read(stamp, steady_now());
  if (read.set_by)
    tell(capture_change::clock_set,
         "The clock of the camera was set by " + std::to_string(read.set_by->count()) + " ms.");
  return read.position;
}

void capture::put(vision::video_frame frame) {
  const auto wall = ports_.wall();
  const auto steady = steady_now();
  watch_the_clock(wall, steady);
  captured_frame made{std::move(frame.image), last_, frame.at.value_or(wall), steady};
  const std::lock_guard lock(mutex_);
  if (is_stopped_)
    return;
  const bool was_taken = !newest_;
  newest_ = std::move(made);
  if (was_taken)
    ports_.ready();
  else
    ++dropped_;
}

void capture::watch_the_clock(core::wall_time wall, core::steady_time steady) {
  if (steady_ != core::steady_time{}) {
    const auto by = std::chrono::duration_cast<milliseconds>((wall - wall_) - (steady - steady_));
    if (std::chrono::abs(by) > noticed_jump)
      tell(capture_change::clock_set, "This machine's clock was set by " + std::to_string(by.count()) + " ms.");
  }
  wall_ = wall;
  steady_ = steady;
}

void capture::watch_for_standstill(const feed& from, const vision::bgr8_image& image) {
  if (!from.is_live())
    return;
  const auto sum = checksum(image);
  if (sum != looks_) {
    looks_ = sum;
    looks_since_ = steady_now();
    if (std::exchange(is_frozen_, false))
      tell(capture_change::up, "Its pictures change again.");
  } else if (!is_frozen_ && steady_now() - looks_since_ >= settings_.frozen_after) {
    is_frozen_ = true;
    tell(capture_change::stalled, "Its pictures have all been the same for a while.");
  }
}

} // namespace rollcall::actors
