/// What the HTTP plane counts: requests by operation and outcome, their time, and the time of each stage. Made once;
/// any thread.
#pragma once

#include "core/error.hpp"
#include "core/metrics.hpp"
#include "wire/operation.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rollcall::front {

/// Where a request's time goes. `vision_wait` is what EMBEDDING took beyond its own stages: queue and messages.
enum class stage : std::uint8_t {
  admission,
  parse,
  decode,
  detect,
  landmark,
  embed,
  attributes,
  vision_wait,
  store,
  search,
  encode,
};

inline constexpr std::array<std::string_view, 11> stage_names{"admission", "parse",  "decode",     "detect",
                                                              "landmark",  "embed",  "attributes", "vision_wait",
                                                              "store",     "search", "encode"};

/// Time spent per stage of one request; of its coroutine alone.
class stage_times {
public:
  void add(stage in, std::chrono::microseconds spent) noexcept { at(in) += spent; }
  [[nodiscard]] std::chrono::microseconds spent(stage in) const noexcept {
    return times_[static_cast<std::size_t>(in)];
  }
  /// Of the vision time, the share that its networks ran.
  std::chrono::microseconds networks{0};

private:
  std::chrono::microseconds& at(stage in) noexcept { return times_[static_cast<std::size_t>(in)]; }
  std::array<std::chrono::microseconds, stage_names.size()> times_{};
};

/// Adds the time of its life to a stage.
class stage_watch {
public:
  stage_watch(stage_times& times, stage in) : times_(times), in_(in) {}
  ~stage_watch() {
    using namespace std::chrono;
    times_.add(in_, duration_cast<microseconds>(steady_clock::now() - start_));
  }
  stage_watch(const stage_watch&) = delete;
  stage_watch& operator=(const stage_watch&) = delete;

private:
  stage_times& times_;
  const stage in_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Of histograms of what requests take.
[[nodiscard]] const std::vector<double>& second_bounds();

class front_metrics {
public:
  explicit front_metrics(core::metric_registry& registry);

  /// Counts a request that was answered. `op` absent: no known operation; `failed` absent: success.
  void count(std::optional<wire::operation> op, std::optional<core::error_code> failed, std::chrono::microseconds took);
  /// Adds what the stages of a request took.
  void count_stages(wire::operation op, const stage_times& times);

  core::gauge& in_flight;
  core::counter& refused; ///< for load

private:
  static constexpr std::size_t operations = wire::all_operations.size() + 1;
  static constexpr std::size_t outcomes = core::error_code_count + 1;

  core::metric_registry& registry_;
  /// Made at first use: most pairs never occur.
  std::array<std::array<std::atomic<core::counter*>, outcomes>, operations> requests_{};
  std::array<std::atomic<core::histogram*>, operations> seconds_{};
  std::array<std::array<std::atomic<core::counter*>, stage_names.size() + 1>, operations> stages_{};
};

} // namespace rollcall::front
