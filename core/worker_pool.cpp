#include "core/worker_pool.hpp"

#include "core/assert.hpp"

#include <utility>

namespace rollcall::core {

worker_pool::worker_pool(std::size_t workers, std::size_t queue_limit) : queue_limit_(queue_limit) {
  ROLLCALL_ASSERT(workers >= 1 && queue_limit >= 1);
  threads_.reserve(workers);
  for (std::size_t worker = 0; worker < workers; ++worker)
    threads_.emplace_back([this, worker] { run(worker); });
}

worker_pool::~worker_pool() {
  close();
}

bool worker_pool::post(task work) {
  {
    const std::lock_guard lock(mutex_);
    if (is_closing_ || queue_.size() >= queue_limit_)
      return false;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

void worker_pool::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable())
      thread.join();
}

void worker_pool::run(std::size_t worker) {
  for (;;) {
    task work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_closing_ || !queue_.empty(); });
      if (queue_.empty())
        return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work(worker);
  }
}

} // namespace rollcall::core
