/// A camera's events on their way into the store, in order. A plain class; one thread.
#pragma once

#include "wire/events.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace rollcall::actors {

/// | state   | begin                      | settle                                         |
/// |---------|----------------------------|------------------------------------------------|
/// | idle    | takes the oldest           | –                                              |
/// | writing | nothing                    | idle; after a failure they go in front again   |
class event_outbox {
public:
  /// Holds at most `most` ≥ 1 events, those being written included.
  explicit event_outbox(std::size_t most) : most_(most) {}

  /// Queues an event. Where there is no room the oldest that is not being written gives way; gives how many did.
  std::size_t add(wire::event what) {
    waiting_.push_back(std::move(what));
    std::size_t lost = 0;
    for (; size() > most_ && waiting_.size() > 1; ++lost) {
      lost_since_ = lost_since_.value_or(waiting_.front().captured);
      waiting_.pop_front();
    }
    return lost;
  }

  /// When the first of those was captured that gave way since this was asked last; none where none did.
  [[nodiscard]] std::optional<core::wall_time> take_loss() { return std::exchange(lost_since_, std::nullopt); }

  /// The next to write, at most `count`; none while some are being written.
  [[nodiscard]] const std::vector<wire::event>& begin(std::size_t count) {
    static const std::vector<wire::event> none;
    if (!writing_.empty())
      return none;
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(count, waiting_.size()));
    writing_.assign(std::move_iterator(waiting_.begin()), std::move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return writing_;
  }

  /// What `begin` gave was stored, or was not; gives what was.
  std::vector<wire::event> settle(bool is_stored) {
    auto done = std::exchange(writing_, {});
    if (is_stored)
      return done;
    waiting_.insert(waiting_.begin(), std::move_iterator(done.begin()), std::move_iterator(done.end()));
    return {};
  }

  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size() + writing_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

private:
  std::size_t most_;
  std::deque<wire::event> waiting_;
  std::vector<wire::event> writing_;
  std::optional<core::wall_time> lost_since_;
};

} // namespace rollcall::actors
