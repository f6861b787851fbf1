#include "tests/support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <mutex>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern "C" { // glibc 2.36 leaves the linkage out of this one header
#include <sys/pidfd.h>
}

extern char** environ; // NOLINT(readability-identifier-naming)

namespace rollcall::test {

namespace {

constexpr std::size_t max_kept_bytes = 16u << 20;

/// A file descriptor that closes itself.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {}
  ~descriptor() { close(); }
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    close();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  void close() {
    if (number_ >= 0)
      ::close(number_);
    number_ = -1;
  }
  [[nodiscard]] int number() const { return number_; }

private:
  int number_ = -1;
};

struct pipe_ends {
  descriptor reader;
  descriptor writer;
};

std::optional<pipe_ends> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return std::nullopt;
  return pipe_ends{descriptor{ends[0]}, descriptor{ends[1]}};
}

/// Argument or environment block for exec; valid as long as `texts`.
std::vector<char*> block_of(std::vector<std::string>& texts) {
  std::vector<char*> block;
  for (auto& text : texts)
    block.push_back(text.data());
  block.push_back(nullptr);
  return block;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string text = *one;
    const auto name = text.substr(0, text.find('='));
    if (std::ranges::none_of(more, [&](const auto& pair) { return pair.first == name; }))
      all.push_back(text);
  }
  for (const auto& [name, value] : more)
    all.push_back(name + "=" + value);
  return all;
}

struct child_setup {
  const char* program;
  char** arguments;
  char** environment;
  int out;
  int err;
  int failure;
  pid_t parent;
};

/// Runs in the child between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const child_setup& with) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  if (::getppid() != with.parent)
    ::_exit(127);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(input, 0);
  ::dup2(with.out, 1);
  ::dup2(with.err, 2);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // a copy kept by a child would keep a test's connection open
  ::execvpe(with.program, with.arguments, with.environment);
  const int reason = errno;
  (void)!::write(with.failure, &reason, sizeof reason);
  ::_exit(127);
}

std::optional<std::size_t> status_bytes(int pid, const std::string& field) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":"))
      return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1'024;
  return std::nullopt;
}

} // namespace

temp_dir::temp_dir(const std::filesystem::path& parent) {
  auto pattern = (parent / "rollcall-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::filesystem::filesystem_error{"mkdtemp", pattern, std::error_code{errno, std::generic_category()}};
  path_ = pattern;
}

temp_dir::~temp_dir() {
  std::error_code ignored; // nothing a destructor could do about it
  for (const auto& entry : std::filesystem::recursive_directory_iterator{path_, ignored})
    if (entry.is_directory(ignored))
      std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

struct process::state {
  struct captured {
    descriptor from;
    std::string text{};
    std::size_t searched_bytes = 0; ///< of `text`, by wait_for_line
    bool has_ended = false;
  };

  pid_t pid = -1;
  descriptor ended; ///< pidfd, readable once the process has ended
  std::optional<exit_state> exit;
  mutable std::mutex guard;
  std::condition_variable changed;
  std::array<captured, 2> streams; ///< under `guard`, but for `from`
  std::thread reader;

  captured& at(stream of) { return streams[of == stream::out ? 0 : 1]; }

  void read_all();
  void append(captured& to, const char* text, std::size_t size);
  void kill_and_reap();
  int reap();
};

void process::state::append(captured& to, const char* text, std::size_t size) {
  const std::lock_guard lock{guard};
  to.text.append(text, std::min(size, max_kept_bytes - std::min(max_kept_bytes, to.text.size())));
  to.has_ended = size == 0;
  changed.notify_all();
}

void process::state::read_all() {
  std::array<char, 65'536> buffer{};
  for (;;) {
    std::vector<captured*> open;
    std::vector<pollfd> waited;
    for (auto& one : streams) {
      if (one.has_ended) // written by this thread alone
        continue;
      open.push_back(&one);
      waited.push_back({one.from.number(), POLLIN, 0});
    }
    if (open.empty())
      return;
    ::poll(waited.data(), waited.size(), -1);
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (waited[i].revents == 0)
        continue;
      const auto size = ::read(waited[i].fd, buffer.data(), buffer.size());
      if (size >= 0 || errno != EINTR)
        append(*open[i], buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
    }
  }
}

/// Waits for the child and kills what it left behind in its process group: those would keep the pipes open.
int process::state::reap() {
  siginfo_t ended_child{};
  ::waitid(P_PID, static_cast<id_t>(pid), &ended_child, WEXITED | WNOWAIT); // keeps the group's number ours
  ::kill(-pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

void process::state::kill_and_reap() {
  if (!exit) {
    ::kill(pid, SIGKILL);
    reap();
  }
  if (reader.joinable())
    reader.join();
}

process::process(std::unique_ptr<state> made) : state_(std::move(made)) {}

process::~process() {
  state_->kill_and_reap();
}

core::result<std::unique_ptr<process>> process::start(const command& what) {
  auto out = make_pipe();
  auto err = make_pipe();
  auto failure = make_pipe();
  if (!out || !err || !failure)
    return core::fail(core::error_code::unavailable, "no pipes left");
  std::vector<std::string> words{what.program};
  words.insert(words.end(), what.arguments.begin(), what.arguments.end());
  auto variables = environment_with(what.environment);
  auto arguments = block_of(words);
  auto environment = block_of(variables);
  const child_setup setup{what.program.c_str(), arguments.data(),         environment.data(), out->writer.number(),
                          err->writer.number(), failure->writer.number(), ::getpid()};
  auto made = std::make_unique<state>();
  made->pid = ::fork();
  if (made->pid == 0)
    become(setup);
  if (made->pid < 0)
    return core::fail(core::error_code::unavailable, std::string{"fork: "} + std::strerror(errno));
  out->writer.close();
  err->writer.close();
  failure->writer.close();
  made->ended = descriptor{::pidfd_open(made->pid, 0)};
  made->streams[0].from = std::move(out->reader);
  made->streams[1].from = std::move(err->reader);
  made->reader = std::thread{[all = made.get()] { all->read_all(); }};
  std::unique_ptr<process> started{new process{std::move(made)}};
  int reason = 0;
  if (::read(failure->reader.number(), &reason, sizeof reason) == sizeof reason)
    return core::fail(core::error_code::unavailable, what.program + ": " + std::strerror(reason));
  return started;
}

int process::pid() const noexcept {
  return state_->pid;
}

core::result<std::string> process::wait_for_line(stream of, const std::string& prefix, core::deadline until) {
  std::unique_lock lock{state_->guard};
  auto& from = state_->at(of);
  for (;;) {
    for (auto end = from.text.find('\n', from.searched_bytes); end != std::string::npos;
         end = from.text.find('\n', from.searched_bytes)) {
      auto line = from.text.substr(from.searched_bytes, end - from.searched_bytes);
      from.searched_bytes = end + 1;
      if (line.starts_with(prefix))
        return line;
    }
    const auto so_far = [this] { return state_->streams[0].text + state_->streams[1].text; };
    if (from.has_ended)
      return core::fail(core::error_code::unavailable, "the output ended without '" + prefix + "'", so_far());
    if (state_->changed.wait_until(lock, until.at()) == std::cv_status::timeout)
      return core::fail(core::error_code::deadline_exceeded, "no line '" + prefix + "' in time", so_far());
  }
}

void process::signal(int number) const {
  if (!state_->exit)
    ::kill(state_->pid, number);
}

core::result<exit_state> process::wait_for_exit(core::deadline until) {
  if (state_->exit)
    return *state_->exit;
  pollfd waited{state_->ended.number(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waited, 1, static_cast<int>(until.left().count()));
  } while (ready < 0 && errno == EINTR);
  if (ready != 1)
    return core::fail(core::error_code::deadline_exceeded, "the process did not end in time",
                      output(stream::out) + output(stream::err));
  const int status = state_->reap();
  state_->exit = WIFSIGNALED(status) ? exit_state{-1, WTERMSIG(status)} : exit_state{WEXITSTATUS(status), 0};
  state_->reader.join();
  return *state_->exit;
}

std::string process::output(stream of) const {
  const std::lock_guard lock{state_->guard};
  return state_->at(of).text;
}

std::optional<std::size_t> process::resident_bytes() const {
  return status_bytes(state_->pid, "VmRSS");
}
std::optional<std::size_t> process::peak_resident_bytes() const {
  return status_bytes(state_->pid, "VmHWM");
}

core::result<finished_command> run(const command& what, core::deadline until) {
  ROLLCALL_TRY(const auto started, process::start(what));
  ROLLCALL_TRY(const auto exit, started->wait_for_exit(until));
  return finished_command{exit, started->output(stream::out), started->output(stream::err)};
}

} // namespace rollcall::test
