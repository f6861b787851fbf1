/// What benchmarks of a load note and print.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <sys/types.h>
#include <vector>

namespace rollcall::bench {

/// The value below which that share of them lies. Precondition: there are some.
[[nodiscard]] inline double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}
[[nodiscard]] inline double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

[[nodiscard]] inline double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}
template <class Work>
[[nodiscard]] double milliseconds_taken_by(const Work& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return milliseconds_since(started);
}

/// What another process has taken of processors so far, in seconds. Throws std::runtime_error when there is none.
/// Source: clock_getcpuclockid(3), which counts nanoseconds where /proc counts ticks.
[[nodiscard]] inline double processor_seconds(pid_t process) {
  clockid_t clock{};
  timespec taken{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &taken) != 0)
    throw std::runtime_error("a process has ended");
  return static_cast<double>(taken.tv_sec) + static_cast<double>(taken.tv_nsec) / 1e9;
}

/// What came of a load: the time that each request took, and how long all took together.
struct load_done {
  std::vector<double> ms;
  std::uint64_t failed = 0;
  double seconds = 0;
};

/// Of several rounds of a load: p50 and p99 of a request, and requests a second.
struct figure {
  std::vector<double> p50, p99, rate;
  std::uint64_t failed = 0;

  void note(const load_done& done) {
    failed += done.failed;
    p50.push_back(quantile(done.ms, 0.5));
    p99.push_back(quantile(done.ms, 0.99));
    rate.push_back(static_cast<double>(done.ms.size()) / done.seconds);
  }
  void print(const char* name) const {
    std::printf("%-34s %10.3f %10.3f %12.0f\n", name, median(p50), median(p99), median(rate));
  }
};

} // namespace rollcall::bench
