/// Bounds the memory that many holders share: each reserves before it allocates. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace rollcall::front {

class memory_budget {
public:
  explicit memory_budget(std::size_t limit_bytes) : limit_(limit_bytes) {}

  /// A share of the budget, given back at its end. False when there was not enough left; then it holds nothing.
  class share {
  public:
    share() = default;
    share(share&& other) noexcept : from_(std::exchange(other.from_, nullptr)), bytes_(other.bytes_) {}
    share& operator=(share&& other) noexcept {
      std::swap(from_, other.from_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~share() {
      if (from_ != nullptr)
        from_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
    }
    explicit operator bool() const noexcept { return from_ != nullptr; }

  private:
    friend class memory_budget;
    share(memory_budget& from, std::size_t bytes) : from_(&from), bytes_(bytes) {}
    memory_budget* from_ = nullptr;
    std::size_t bytes_ = 0;
  };

  [[nodiscard]] share reserve(std::size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes > limit_) {
      used_.fetch_sub(bytes, std::memory_order_relaxed);
      return {};
    }
    return {*this, bytes};
  }

private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

} // namespace rollcall::front
