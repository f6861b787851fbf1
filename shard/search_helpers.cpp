#include "shard/search_helpers.hpp"

#include "core/assert.hpp"

namespace rollcall::shard {

search_helpers::search_helpers(std::size_t threads) {
  ROLLCALL_ASSERT(threads >= 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { help(); });
}

search_helpers::~search_helpers() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

void search_helpers::run(const std::function<void()>& share) {
  std::unique_lock lock(mutex_);
  const bool is_alone = running_++ == 0 && helping_ == 0;
  if (is_alone) {
    share_ = &share;
    ++round_;
    wake_.notify_all();
  }
  lock.unlock();
  share();
  lock.lock();
  --running_;
  if (!is_alone)
    return;
  share_ = nullptr; // who has not begun by now finds nothing left
  done_.wait(lock, [this] { return helping_ == 0; });
}

void search_helpers::help() {
  std::unique_lock lock(mutex_);
  for (std::size_t helped = 0;;) {
    wake_.wait(lock, [&] { return is_closing_ || (share_ != nullptr && helped != round_); });
    if (is_closing_)
      return;
    helped = round_;
    const auto& share = *share_;
    ++helping_;
    lock.unlock();
    share();
    lock.lock();
    if (--helping_ == 0)
      done_.notify_all();
  }
}

} // namespace rollcall::shard
