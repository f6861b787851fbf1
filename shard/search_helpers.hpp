/// Threads that help whichever search is alone: the pass over a large index is split among them. Shared by the indexes
/// of a gallery; any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rollcall::shard {

/// While several searches run, each goes on alone: the processor has enough to do.
class search_helpers {
public:
  /// Precondition (asserted): threads ≥ 1.
  explicit search_helpers(std::size_t threads);
  ~search_helpers();

  search_helpers(const search_helpers&) = delete;
  search_helpers& operator=(const search_helpers&) = delete;

  /// Runs `share` on the calling thread, and beside it on every thread that is free, unless another call runs. Returns
  /// once no thread runs it any more. Each run of it takes what nobody has taken yet, and nothing is left when one
  /// returns. It must not throw.
  void run(const std::function<void()>& share);

private:
  void help();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void()>* share_ = nullptr; ///< of the search that is helped; null: of none
  std::size_t round_ = 0;                        ///< shares so far: each thread takes part once
  std::size_t helping_ = 0;
  std::size_t running_ = 0; ///< calls of `run`
  bool is_closing_ = false;
  std::vector<std::thread> threads_;
};

} // namespace rollcall::shard
