/// A fixed number of threads behind one bounded queue, for work that may block or burn the processor (vision, SQL):
/// never on the actor scheduler. Owned by the actor or server that posts to it; `post` is safe from any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rollcall::core {

/// First in, first out; worker `w` in [0, workers) runs one task at a time, so state indexed by `w` needs no lock.
class worker_pool {
public:
  using task = std::function<void(std::size_t worker)>;

  /// Preconditions: workers ≥ 1, queue_limit ≥ 1 (asserted).
  worker_pool(std::size_t workers, std::size_t queue_limit);

  /// Runs what is queued to its end, then joins. A task must not throw.
  ~worker_pool();

  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// Queues `work`; false, without effect, when `queue_limit` tasks wait already or the pool is closing.
  [[nodiscard]] bool post(task work);

  /// Takes no more work; returns when all queued work is done and the threads have ended. Idempotent.
  void close();

private:
  void run(std::size_t worker);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<task> queue_;
  const std::size_t queue_limit_;
  bool is_closing_ = false;
  std::vector<std::thread> threads_;
};

} // namespace rollcall::core
