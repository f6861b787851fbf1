/// A network that keeps the time of its runs. Inside vision/ only; as thread-bound as the network it wraps.
#pragma once

#include "vision/runtime.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace rollcall::vision {

class timed_network final : public network {
public:
  /// Adds every run's time to `total`, which must outlive this.
  timed_network(std::unique_ptr<network> inner, std::chrono::nanoseconds& total)
      : inner_(std::move(inner)), total_(total) {}

  std::span<float> input() noexcept override { return inner_->input(); }

  core::status run() override {
    const auto start = std::chrono::steady_clock::now();
    auto done = inner_->run();
    total_ += std::chrono::steady_clock::now() - start;
    return done;
  }

  std::span<const float> output(std::size_t index) const noexcept override { return inner_->output(index); }

private:
  std::unique_ptr<network> inner_;
  std::chrono::nanoseconds& total_;
};

} // namespace rollcall::vision
