#include "shard/memory/page_reserve.hpp"

#include <new>
#include <system_error>
#include <utility>

namespace rollcall::shard {

namespace {

constexpr std::chrono::milliseconds fast{100}; ///< between two takes
constexpr std::chrono::seconds kept_for{1};    ///< after the last one

} // namespace

page_reserve::~page_reserve() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  for (auto* page : ready_)
    by_.unmap(page);
}

std::uint8_t* page_reserve::take() {
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock::now();
    is_wanted_ = now - std::exchange(last_, now) < fast;
    if (is_wanted_ && !thread_.joinable()) {
      ready_.reserve(most_ready);
      try {
        thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
      } catch (const std::system_error&) {
        is_wanted_ = false; // it works without, too
      }
    }
    if (is_wanted_)
      taken_.notify_one();
    if (!ready_.empty()) {
      auto* page = ready_.back();
      ready_.pop_back();
      return page;
    }
  }
  return by_.map();
}

std::size_t page_reserve::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_.size();
}

void page_reserve::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (is_wanted_ && ready_.size() < most_ready) {
      lock.unlock();
      std::uint8_t* page = nullptr;
      try {
        page = by_.map();
      } catch (const std::bad_alloc&) { // whoever needs one says so
      }
      lock.lock();
      is_wanted_ = is_wanted_ && page != nullptr;
      if (page != nullptr)
        ready_.push_back(page);
      continue;
    }
    const auto seen = last_;
    if (taken_.wait_for(lock, stop, kept_for, [&] { return last_ != seen; }))
      continue;
    is_wanted_ = false;
    for (; !ready_.empty(); ready_.pop_back())
      by_.unmap(ready_.back());
    taken_.wait(lock, stop, [&] { return last_ != seen; });
  }
}

} // namespace rollcall::shard
