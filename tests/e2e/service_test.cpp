/// A node under a service manager: what it says of itself and when, that one which hangs says so by its silence, and
/// that it can be process 1 of a container.
#include "tests/e2e/node_test.hpp"
#include "tests/support/notify_socket.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rollcall::test {
namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Stops threads of a child, as a deadlock would, until the object goes.
class frozen_threads {
public:
  /// Those whose names start with `name`.
  frozen_threads(int process, const std::string& name) {
    for (const auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/task"})
      if (content_of(thread.path() / "comm").starts_with(name))
        freeze(std::stoi(thread.path().filename()));
  }
  ~frozen_threads() {
    for (const auto thread : threads_)
      ::ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
  }
  frozen_threads(const frozen_threads&) = delete;
  frozen_threads& operator=(const frozen_threads&) = delete;

  [[nodiscard]] std::size_t count() const noexcept { return threads_.size(); }
  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

private:
  void freeze(int thread) {
    if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0 || ::ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0) {
      why_not_ = std::strerror(errno);
      return;
    }
    ::waitpid(thread, nullptr, __WALL);
    threads_.push_back(thread);
  }

  std::vector<int> threads_;
  std::string why_not_;
};

class service_test : public ::testing::Test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "models"))
      GTEST_SKIP() << "no models under " << fetched_dir() << ": run ./dev setup";
  }

  void start(command what) {
    auto started = process::start(what);
    ASSERT_TRUE(started) << why(started);
    child_ = *std::move(started);
    const auto ready = child_->wait_for_line(stream::out, "ready ", soon());
    ASSERT_TRUE(ready) << why(ready);
    management_port_ = static_cast<std::uint16_t>(std::stoi(ready->substr(ready->rfind(':') + 1)));
  }
  void start_service() {
    auto what = rollcalld_command({scratch_.path() / "data"});
    what.environment = {{"NOTIFY_SOCKET", manager_.name()}, {"WATCHDOG_USEC", "900000"}};
    start(std::move(what));
  }
  void expect_end() {
    const auto ended = child_->wait_for_exit(soon());
    ASSERT_TRUE(ended) << why(ended);
    EXPECT_EQ(*ended, (exit_state{0, 0})) << child_->output(stream::err);
  }
  void expect_silence() {
    ASSERT_TRUE(manager_.receive_with("does not answer itself", soon()));
    for (int i = 0; i < 3; ++i) {
      const auto told = manager_.receive(soon());
      ASSERT_TRUE(told);
      EXPECT_TRUE(told->starts_with("STATUS=does not answer itself")) << *told;
    }
  }
  [[nodiscard]] int health() const {
    const auto reply = fetch(management_port_, "/livez", soon());
    EXPECT_TRUE(reply) << why(reply);
    return reply ? reply->status : 0;
  }

  temp_dir scratch_;
  notify_socket manager_{(scratch_.path() / "notify").string()};
  std::unique_ptr<process> child_;
  std::uint16_t management_port_ = 0;
};

TEST_F(service_test, the_manager_hears_when_a_node_serves_works_and_stops) {
  start_service();
  ASSERT_TRUE(manager_.receive_with("READY=1", soon())) << child_->output(stream::err);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(manager_.receive(soon()), "WATCHDOG=1\nSTATUS=serving");
  child_->signal(SIGTERM);
  EXPECT_TRUE(manager_.receive_with("STOPPING=1", soon()));
  expect_end();
  EXPECT_EQ(manager_.receive(core::deadline::in({})), std::nullopt); // nor a ping while it stops
}

TEST_F(service_test, a_node_whose_actors_hang_falls_silent) {
  start_service();
  EXPECT_EQ(health(), 200);
  // Where a thread stops in the middle of the scheduler's own locks, those that serve HTTP wait for it as well, which
  // is not what an actor's deadlock does: another moment is taken then.
  int told = 0;
  for (int attempt = 0; told == 0 && attempt < 5; ++attempt) {
    ASSERT_TRUE(manager_.receive_with("WATCHDOG=1", soon()));
    const frozen_threads scheduler(child_->pid(), "caf.multiplexer"); // and those that its actors started
    if (!scheduler.why_not().empty())
      GTEST_SKIP() << "threads of a child can't be stopped here: " << scheduler.why_not();
    ASSERT_GE(scheduler.count(), 2U); // node.scheduler_threads
    expect_silence();
    const auto reply = fetch(management_port_, "/livez", core::deadline::in(std::chrono::seconds{15}));
    told = reply ? reply->status : 0;
  }
  EXPECT_EQ(told, 503);
  EXPECT_TRUE(manager_.receive_with("WATCHDOG=1", soon()));
  EXPECT_EQ(health(), 200);
  child_->signal(SIGTERM);
  expect_end();
}

TEST_F(service_test, a_node_is_a_good_process_1) {
  const auto node = rollcalld_command({scratch_.path() / "data"});
  command what{"unshare", {"--fork", "--pid", "--kill-child", node.program}};
  what.arguments.insert(what.arguments.end(), node.arguments.begin(), node.arguments.end());
  const auto probe = run({"unshare", {"--fork", "--pid", "true"}}, soon());
  if (!probe || probe->exit != exit_state{0, 0})
    GTEST_SKIP() << "no process namespace can be made here: " << (probe ? probe->err : why(probe));
  start(std::move(what));
  const auto own = "/proc/" + std::to_string(child_->pid()) + "/task/" + std::to_string(child_->pid()) + "/children";
  // To process 1 the kernel delivers only signals that it handles.
  ::kill(std::stoi(content_of(own)), SIGTERM);
  expect_end();
}

} // namespace
} // namespace rollcall::test
