/// The thread that reads one camera: opens its feed, again after it broke off, plays it at its own pace, and holds the
/// newest frame of those to be analysed. Whoever is slower than the camera misses frames, which are counted; nothing
/// queues. Owned by the camera's actor.
#pragma once

#include "actors/ingest/feed.hpp"
#include "actors/ingest/frame_clock.hpp"
#include "core/clock.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace rollcall::actors {

struct captured_frame {
  vision::bgr8_image image;
  std::chrono::milliseconds position{0}; ///< since the camera was started here; never goes back
  core::wall_time at{};                  ///< when it came
  core::steady_time came{};
};

/// `up`: the first frame after an opening, or after a standstill one that shows something else. `down`: broke off or
/// can't be opened; it is tried again. `stalled`: frames come, and all show the same. `clock_set`: this machine's clock
/// was set, by more than two seconds between two frames, so that times before and after it can't be compared; or the
/// camera's, which costs nothing. `over`: the end of a file. `failed`: can't be read, or not one of its frames; trying
/// again is no use. After the last two the thread has ended.
enum class capture_change : std::uint8_t { up, down, stalled, clock_set, over, failed };

struct capture_settings {
  double frames_per_s = 5;                    ///< at most so many are chosen
  bool repeats = false;                       ///< a file begins anew at its end
  std::chrono::milliseconds first_pause{500}; ///< before it is opened again; doubled each time in vain
  std::chrono::milliseconds longest_pause{30'000};
  std::chrono::milliseconds frozen_after{10'000}; ///< the same picture of a live camera
};

struct capture_ports {
  std::function<core::result<std::unique_ptr<feed>>()> open;
  std::function<void()> ready;                              ///< a frame waits, where none did
  std::function<void(capture_change, std::string)> changed; ///< with the reason
  std::function<core::wall_time()> wall = [] { return core::system_wall_clock{}.now(); };
};

class capture {
public:
  /// Begins. The ports are called on the thread, and must not block.
  capture(const capture_settings& settings, capture_ports ports);
  /// Waits for a read that is under way.
  ~capture();
  capture(const capture&) = delete;
  capture& operator=(const capture&) = delete;

  /// The newest frame, if there is one that was not taken yet. Any thread.
  [[nodiscard]] std::optional<captured_frame> take();
  /// No call of `ready` or `changed` begins after this has returned. Does not wait for a read.
  void stop();

  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }         ///< of the stream
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }       ///< chosen, and not taken in time
  [[nodiscard]] std::uint64_t unreadable() const noexcept { return unreadable_; } ///< chosen, and can't be decoded

private:
  enum class play_end : std::uint8_t { stopped, over, broke_off };

  void run(const std::stop_token& stop);
  [[nodiscard]] play_end play(feed& from, const std::stop_token& stop);
  [[nodiscard]] std::chrono::milliseconds place(live_clock& clock, std::optional<std::chrono::milliseconds> stamp);
  void put(vision::video_frame frame);
  void watch_for_standstill(const feed& from, const vision::bgr8_image& image);
  void watch_the_clock(core::wall_time wall, core::steady_time steady);
  void tell(capture_change what, const std::string& why);
  /// False when it is to stop.
  [[nodiscard]] bool wait_until(core::steady_time when, const std::stop_token& stop);

  capture_settings settings_;
  capture_ports ports_;
  std::mutex mutex_; ///< guards newest_, is_stopped_ and the calls of ports
  std::condition_variable_any wake_;
  std::optional<captured_frame> newest_;
  bool is_stopped_ = false;
  std::atomic<std::uint64_t> frames_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<std::uint64_t> unreadable_ = 0;

  // Of the thread alone.
  frame_pace pace_;
  std::string error_;                   ///< of the last end of play
  std::chrono::milliseconds played_{0}; ///< position up to which earlier openings went
  std::chrono::milliseconds last_{0};
  bool is_down_ = false;
  bool has_shown_ = false;  ///< a frame could be decoded
  std::uint64_t looks_ = 0; ///< checksum of the picture
  core::steady_time looks_since_{};
  bool is_frozen_ = false;
  core::wall_time wall_{}; ///< of the frame before
  core::steady_time steady_{};

  std::jthread thread_; ///< last: it uses the rest
};

} // namespace rollcall::actors
