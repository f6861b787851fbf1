/// The feed of a camera whose frames are pushed: INGEST puts them in, the camera's thread takes them out.
#pragma once

#include "actors/ingest/feed.hpp"
#include "core/bytes.hpp"
#include "core/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
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

/// Frames of `inbox`, live; where they stand is when they came. `advance` fails with `unavailable` when for `silence`
/// none came, or none that could be decoded, or the inbox is closed: the stream counts as broken off.
[[nodiscard]] std::unique_ptr<feed> make_pushed_feed(std::shared_ptr<frame_inbox> inbox,
                                                     std::chrono::milliseconds silence = std::chrono::seconds{10});

} // namespace rollcall::actors
