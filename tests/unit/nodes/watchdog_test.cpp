/// What the service manager hears, on a real datagram socket.
#include "nodes/watchdog.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/process.hpp"

#include <atomic>
#include <cstdlib>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <unistd.h>

namespace rollcall::nodes {
namespace {

using namespace std::chrono_literals;

core::deadline soon() {
  return core::deadline::in(30s);
}

class watchdog_test : public ::testing::Test {
protected:
  test::temp_dir scratch_;
  test::notify_socket socket_{(scratch_.path() / "notify").string()};
  service_manager manager_{socket_.name(), 30ms};
};

/// A variable of the environment that is as it was when the object goes.
class variable {
public:
  variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~variable() { ::unsetenv(name_); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

private:
  const char* name_;
};

TEST_F(watchdog_test, the_manager_is_told_what_was_said) {
  manager_.tell("READY=1\nSTATUS=serving");
  EXPECT_EQ(socket_.receive(soon()), "READY=1\nSTATUS=serving");
}

TEST_F(watchdog_test, a_name_in_the_abstract_namespace_is_reached) {
  const test::notify_socket abstract{"@rollcall-test-" + std::to_string(::getpid())};
  service_manager{abstract.name(), 0ms}.tell("READY=1");
  EXPECT_EQ(abstract.receive(soon()), "READY=1");
}

TEST_F(watchdog_test, without_a_manager_and_with_one_that_is_gone_nothing_happens) {
  service_manager{"", 0ms}.tell("READY=1");
  service_manager{(scratch_.path() / "gone").string(), 0ms}.tell("READY=1");
  service_manager{"/" + std::string(200, 'x'), 0ms}.tell("READY=1");
}

TEST_F(watchdog_test, the_environment_says_whom_to_tell_and_how_often) {
  EXPECT_EQ(service_manager::from_environment().watchdog(), 0ms);
  const variable to{"NOTIFY_SOCKET", socket_.name()};
  const variable within{"WATCHDOG_USEC", "30000000"};
  const auto ours = service_manager::from_environment();
  EXPECT_EQ(ours.watchdog(), 30s);
  ours.tell("READY=1");
  EXPECT_EQ(socket_.receive(soon()), "READY=1");
  {
    const variable meant{"WATCHDOG_PID", std::to_string(::getpid())};
    EXPECT_EQ(service_manager::from_environment().watchdog(), 30s);
  }
  {
    const variable meant{"WATCHDOG_PID", std::to_string(::getppid())};
    EXPECT_EQ(service_manager::from_environment().watchdog(), 0ms);
  }
  const variable nonsense{"WATCHDOG_USEC", "often"};
  EXPECT_EQ(service_manager::from_environment().watchdog(), 0ms);
}

TEST_F(watchdog_test, pings_come_again_while_the_work_answers) {
  const watchdog pings(manager_, [](core::deadline) { return core::status{core::nothing{}}; });
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(socket_.receive(soon()), "WATCHDOG=1\nSTATUS=serving");
}

TEST_F(watchdog_test, work_that_fails_is_told_and_is_no_ping) {
  std::atomic<bool> works = false;
  const watchdog pings(manager_, [&works](core::deadline) -> core::status {
    if (works)
      return core::nothing{};
    return core::fail(core::error_code::deadline_exceeded, "stuck");
  });
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(socket_.receive(soon()), "STATUS=does not answer itself: stuck");
  works = true;
  EXPECT_TRUE(socket_.receive_with("WATCHDOG=1", soon()));
}

TEST_F(watchdog_test, work_that_hangs_is_no_ping) {
  std::promise<void> asked;
  std::promise<void> release;
  auto released = release.get_future();
  std::atomic<bool> hangs = true;
  auto pings = std::make_unique<watchdog>(manager_, [&](core::deadline) -> core::status {
    if (hangs.exchange(false))
      asked.set_value();
    released.wait();
    return core::fail(core::error_code::unavailable, "over");
  });
  asked.get_future().wait();
  EXPECT_EQ(socket_.receive(core::deadline::in(20 * manager_.watchdog())), std::nullopt);
  release.set_value();
  pings.reset();
}

TEST_F(watchdog_test, a_manager_that_wants_no_pings_gets_none) {
  const service_manager calm{socket_.name(), 0ms};
  {
    const watchdog pings(calm, [](core::deadline) -> core::status {
      ADD_FAILURE() << "asked";
      return core::nothing{};
    });
  }
  calm.tell("over");
  EXPECT_EQ(socket_.receive(soon()), "over");
}

} // namespace
} // namespace rollcall::nodes
