/// A real node: the `rollcalld` of this build on free ports of loopback, with a data directory of its own. Owned by the
/// test or benchmark that started it, used by one thread.
#pragma once

#include "tests/support/process.hpp"

#include <cstdint>

namespace rollcall::test {

/// A program of this build: in ROLLCALL_BIN_DIR (environment) where it is set, else in bin/ of the build directory.
[[nodiscard]] std::filesystem::path program(const std::string& name);

struct node_options {
  /// Empty: a directory of the node's own, which goes with it.
  std::filesystem::path data_dir;
  std::vector<std::string> settings{};  ///< each `section.key=value`
  std::vector<std::string> arguments{}; ///< further ones, as they are
  std::vector<std::string> within{};    ///< a command that runs the node, such as `ip netns exec NAME`
  std::string http = "127.0.0.1:0";
  std::string management = "127.0.0.1:0";
};

/// The command line for `options`, for starts that are meant to fail, too.
[[nodiscard]] command rollcalld_command(const node_options& options);

class rollcalld_process {
public:
  /// Starts a node and waits until it says that it is ready. Errors: those of `process::start` and `wait_for_line`.
  [[nodiscard]] static core::result<std::unique_ptr<rollcalld_process>>
  start(node_options options = {}, std::chrono::milliseconds timeout = std::chrono::seconds{60});

  [[nodiscard]] std::uint16_t http_port() const noexcept { return http_port_; } ///< 0 without the role front
  [[nodiscard]] std::uint16_t management_port() const noexcept { return management_port_; }
  [[nodiscard]] std::string url() const {
    return (is_secure_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(http_port_);
  }
  [[nodiscard]] const std::filesystem::path& data_dir() const noexcept { return options_.data_dir; }
  [[nodiscard]] process& child() noexcept { return *child_; }

  /// SIGTERM, then waits for the end. Errors: `deadline_exceeded`.
  [[nodiscard]] core::result<exit_state> stop(std::chrono::milliseconds timeout = std::chrono::seconds{30});
  /// SIGKILL, as a crash would.
  void crash();
  /// Runs the node again on the same data directory, after `stop` or `crash`. Errors: those of `start`.
  [[nodiscard]] core::status restart(std::chrono::milliseconds timeout = std::chrono::seconds{60});

private:
  explicit rollcalld_process(node_options options) : options_(std::move(options)) {}

  std::unique_ptr<temp_dir> own_data_dir_;
  node_options options_;
  std::unique_ptr<process> child_;
  std::uint16_t http_port_ = 0;
  bool is_secure_ = false; ///< speaks TLS there
  std::uint16_t management_port_ = 0;
};

} // namespace rollcall::test
