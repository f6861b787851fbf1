/// Real child processes for end-to-end tests and benchmarks: started with piped output, watched, signalled, waited for
/// with a deadline. Owned by the test that started them; one thread may use a `process`, a thread of its own reads the
/// pipes. The kernel kills a child when the thread that started it ends, so none outlives a crashed test.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::test {

/// A new directory, by default under the system's temporary one, removed with all that is in it by the destructor.
class temp_dir {
public:
  /// Throws std::filesystem::filesystem_error.
  explicit temp_dir(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  ~temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

struct command {
  std::string program; ///< a path, or a name looked up in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment{}; ///< in addition to this process's own
};

/// How a process ended: by `exit_code`, or by `signal` (then `exit_code` is -1).
struct exit_state {
  int exit_code = -1;
  int signal = 0;
  friend bool operator==(const exit_state&, const exit_state&) = default;
};

enum class stream { out, err };

class process {
public:
  /// Runs `what` with /dev/null as its input. Errors: `unavailable` when it can't be executed (the message says why).
  [[nodiscard]] static core::result<std::unique_ptr<process>> start(const command& what);

  /// Kills (SIGKILL) and reaps what still runs.
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  [[nodiscard]] int pid() const noexcept;

  /// The next line of `of` that starts with `prefix`, without its end; lines before it are passed over, so a second
  /// call finds a later one. Errors: `deadline_exceeded`; `unavailable` when the stream ended before. Both carry the
  /// output so far as context.
  [[nodiscard]] core::result<std::string> wait_for_line(stream of, const std::string& prefix, core::deadline until);

  /// Sends SIGTERM, SIGKILL, SIGSTOP, … Nothing happens when the process has ended.
  void signal(int number) const;

  /// Errors: `deadline_exceeded`. Idempotent. Afterwards `output` is complete.
  [[nodiscard]] core::result<exit_state> wait_for_exit(core::deadline until);

  /// What it has written so far; of more than 16 MiB only the first 16 MiB.
  [[nodiscard]] std::string output(stream of) const;

  /// Resident memory now and at its highest, in bytes, as /proc/PID/status has it (VmRSS, VmHWM); nothing once ended.
  [[nodiscard]] std::optional<std::size_t> resident_bytes() const;
  [[nodiscard]] std::optional<std::size_t> peak_resident_bytes() const;

private:
  struct state;
  explicit process(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

/// Runs `what` to its end. Errors: those of `start`; `deadline_exceeded` (it is killed then).
struct finished_command {
  exit_state exit;
  std::string out;
  std::string err;
};
[[nodiscard]] core::result<finished_command> run(const command& what, core::deadline until);

} // namespace rollcall::test
