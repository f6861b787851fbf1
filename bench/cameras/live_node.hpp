/// A real node that watches cameras, for bench_live: what it can run, what that takes, how late its events are.
#pragma once

#include "core/result.hpp"
#include "tests/support/rollcalld_process.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

class live_node {
public:
  /// With one person enrolled, "anna" of `pictures`, and `cores` of this machine to run on. Errors: those of its start.
  [[nodiscard]] static core::result<std::unique_ptr<live_node>> start(const std::filesystem::path& pictures, int cores);

  /// A running camera that shows the stream `input`. Errors: `internal` with the node's reply.
  [[nodiscard]] core::status start_camera(const std::string& name, const std::string& input);

  struct sustained {
    int cameras = 0;
    double mb_per_camera = 0;
  };
  /// Adds cameras that show `clip` over and over, a few at a time, until some frame is dropped within `seconds` or
  /// there are `most`; prints a line for each number.
  [[nodiscard]] core::result<sustained> measure_cameras(const std::string& clip, int most, int seconds);

  /// From the capture of a frame until a subscriber has the event, committed meanwhile, in milliseconds: of tracks that
  /// begin and persons who are recognised, for so many seconds. Afterwards the node wants signatures.
  [[nodiscard]] core::result<std::vector<double>> latencies(int seconds);

private:
  explicit live_node(std::unique_ptr<test::rollcalld_process> running) : running_(std::move(running)) {}

  core::result<boost::json::object> ask(std::string_view operation, const boost::json::object& input);
  core::result<double> metric(const std::string& name);
  double resident_mb() const;

  std::unique_ptr<test::rollcalld_process> running_;
};

} // namespace rollcall::bench
