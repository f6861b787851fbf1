/// A fixed number of things, lent one at a time to whoever asks. Safe from any thread.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace rollcall::store::sql {

template <class Thing>
class lending_pool {
public:
  /// A thing on loan; goes back at the end of its scope. Outlived by the pool.
  class lease {
  public:
    lease(lending_pool& from, Thing& lent) : from_(&from), lent_(&lent) {}
    lease(lease&& other) noexcept : from_(std::exchange(other.from_, nullptr)), lent_(other.lent_) {}
    lease& operator=(lease&&) = delete;
    ~lease() {
      if (from_ != nullptr)
        from_->take_back(*lent_);
    }

    [[nodiscard]] Thing& operator*() const noexcept { return *lent_; }

  private:
    lending_pool* from_;
    Thing* lent_;
  };

  /// Precondition: `things` is not empty (asserted).
  explicit lending_pool(std::vector<std::unique_ptr<Thing>> things) : all_(std::move(things)) {
    ROLLCALL_ASSERT(!all_.empty());
    for (const auto& each : all_)
      free_.push_back(each.get());
  }

  /// A free one, waiting at most `patience` for it. Errors: `unavailable` when none came free.
  [[nodiscard]] core::result<lease> borrow(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, patience, [this] { return !free_.empty(); }))
      return core::fail(core::error_code::unavailable, "the store is busy: repeat the call later");
    auto* lent = free_.back();
    free_.pop_back();
    return lease{*this, *lent};
  }

private:
  void take_back(Thing& lent) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(&lent); // never more than `all_`, so it does not allocate after the constructor
    }
    returned_.notify_one();
  }

  const std::vector<std::unique_ptr<Thing>> all_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Thing*> free_;
};

} // namespace rollcall::store::sql
