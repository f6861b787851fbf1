/// Requests being answered, over HTTP and ZeroMQ together. Header only; any thread.
#pragma once

#include "core/metrics.hpp"

#include <atomic>
#include <cstddef>
#include <utility>

namespace rollcall::front {

class flights {
public:
  explicit flights(core::gauge& shown) : shown_(shown) {}

  /// Counts a request for as long as it lives.
  class flight {
  public:
    explicit flight(flights& in) : in_(&in), now_(in.count_.fetch_add(1) + 1) {
      in.shown_.set(static_cast<double>(now_));
    }
    ~flight() {
      if (in_ != nullptr)
        in_->shown_.set(static_cast<double>(in_->count_.fetch_sub(1) - 1));
    }
    flight(flight&& other) noexcept : in_(std::exchange(other.in_, nullptr)), now_(other.now_) {}
    flight(const flight&) = delete;
    flight& operator=(const flight&) = delete;
    flight& operator=(flight&&) = delete;
    [[nodiscard]] std::size_t now() const noexcept { return now_; } ///< itself included

  private:
    flights* in_;
    std::size_t now_ = 0;
  };

private:
  std::atomic<std::size_t> count_{0};
  core::gauge& shown_;
};

} // namespace rollcall::front
