#include "nodes/cli/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace rollcall::cli {

progress::progress(std::size_t total)
    : total_(std::max<std::size_t>(total, 1)),
      is_shown_(::isatty(STDERR_FILENO) == 1),
      started_(std::chrono::steady_clock::now()) {}

progress::~progress() {
  if (is_shown_ && done_ > 0) {
    draw();
    std::fputc('\n', stderr);
  }
}

void progress::step() {
  constexpr std::chrono::milliseconds between_drawings{100};
  const std::lock_guard lock{mutex_};
  ++done_;
  const auto now = std::chrono::steady_clock::now();
  if (!is_shown_ || now - drawn_ < between_drawings)
    return;
  drawn_ = now;
  draw();
}

void progress::draw() {
  constexpr std::size_t width = 40;
  const auto filled = width * done_ / total_;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
  const double rate = static_cast<double>(done_) / std::max(elapsed.count(), 0.001);
  const auto bar = std::string(filled, '#') + std::string(width - filled, '.');
  std::fprintf(stderr, "\r[%s] %zu/%zu  %.1f/s  %.0f s left ", bar.c_str(), done_, total_, rate,
               static_cast<double>(total_ - done_) / rate);
  std::fflush(stderr);
}

} // namespace rollcall::cli
