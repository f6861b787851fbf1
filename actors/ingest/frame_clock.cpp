#include "actors/ingest/frame_clock.hpp"

#include <algorithm>

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;

// A stream that is sent in pieces of some seconds (HLS) comes in bursts: that is no clock that was set.
constexpr milliseconds farthest_apart{30'000};
constexpr milliseconds farthest_back{1'000};
constexpr milliseconds follows_within{60'000}; ///< what is between both clocks is made up for in about this time

} // namespace

live_clock::reading live_clock::read(std::optional<milliseconds> stamp, core::steady_time came) {
  const bool is_first = !first_;
  const ms arrival = came - first_.value_or(came);
  const ms passed = is_first ? ms{0} : ms{came - came_};
  first_ = first_.value_or(came);
  came_ = came;
  reading made;
  ms position = arrival;
  if (stamp) {
    const ms step = is_first ? ms{0} : *stamp - stamp_;
    if (is_first)
      offset_ = -ms{*stamp};
    stamp_ = *stamp;
    const ms apart = arrival - (*stamp + offset_);
    if (step < -farthest_back || std::chrono::abs(apart) > farthest_apart) {
      offset_ = last_ + passed - *stamp;
      made.set_by = std::chrono::duration_cast<milliseconds>(step - passed);
    } else {
      offset_ += apart * std::min(1.0, passed / ms{follows_within});
    }
    position = *stamp + offset_;
  }
  last_ = std::max(last_, std::chrono::round<milliseconds>(position));
  made.position = last_;
  return made;
}

bool frame_pace::is_due(milliseconds position) {
  constexpr double early = 0.1;
  const ms now = position;
  if (due_ && now < *due_ - early * interval_)
    return false;
  due_ = (due_ && now - *due_ < interval_ ? *due_ : now) + interval_;
  return true;
}

} // namespace rollcall::actors
