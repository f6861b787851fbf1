/// The feed of a camera whose frames are pushed: INGEST puts them in, the camera's thread takes them out.
#pragma once

#include "actors/ingest/feed.hpp"
#include "core/bytes.hpp"
#include "core/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

namespace rollcall::actors {

inline constexpr std::string_view pushed_scheme = "zmq://";

/// Holds one frame, the newest. Any thread.
class frame_inbox {
public:
  struct frame {
    core::shared_bytes picture; ///< the encoded file
    core::wall_time at{};       ///< when it was captured
    core::steady_time came{};
  };

  /// Takes the place of a frame that nobody took. False where there was one.
  bool put(frame newest);
  /// Waits until `until` at most. Nothing: none came, or it was closed.
  [[nodiscard]] std::optional<frame> take(core::steady_time until);
  /// Nobody waits any more.
  void close();
  [[nodiscard]] bool is_closed() const;

private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<frame> newest_;
  bool is_closed_ = false;
};

struct pushed_settings {
  double frames_per_s = 5;                   ///< what comes faster is passed over
  std::chrono::milliseconds silence{10'000}; ///< the stream counts as broken off after it
  std::function<void()> unreadable = [] {};  ///< a frame was passed over that can't be decoded; on the feed's thread
};

/// Frames of `inbox`, decoded; live. A picture that can't be decoded is passed over. `advance` fails with `unavailable`
/// when no other came for `silence`, or the inbox is closed.
[[nodiscard]] std::unique_ptr<feed> make_pushed_feed(std::shared_ptr<frame_inbox> inbox, pushed_settings settings);

} // namespace rollcall::actors
