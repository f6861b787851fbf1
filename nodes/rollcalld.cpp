/// `rollcalld`: a node in the foreground. Exit codes: 0 after SIGTERM or SIGINT, 1 when it can't start, 2 for a mistake
/// in the options, 3 when another process has taken the node's name.
#include "config/loader.hpp"
#include "core/allocator.hpp"
#include "core/log.hpp"
#include "nodes/command_line.hpp"
#include "nodes/log_output.hpp"
#include "nodes/node.hpp"
#include "nodes/service_manager.hpp"
#include "nodes/stop_signal.hpp"
#include "nodes/watchdog.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace rollcall;

constexpr int cannot_start = 1;
constexpr int displaced = 3;

int refuse(const core::error& failed) {
  const auto detail = failed.context.empty() ? "" : " (" + failed.context + ")";
  std::fprintf(stderr, "rollcalld: %s%s\n", failed.message.c_str(), detail.c_str());
  return cannot_start;
}

// Until the signal to stop. Errors: `unavailable` (a part of the node is down, and it will never be ready).
core::status serve(nodes::node& running, bool is_secure, nodes::stop_signal& stop,
                   const nodes::service_manager& manager) {
  constexpr std::chrono::milliseconds slice{200};
  for (;;) {
    auto ready = running.wait_until_ready(core::deadline::in(slice));
    if (ready)
      break;
    if (stop.has_come(std::chrono::milliseconds{0}))
      return core::nothing{};
    if (ready.failure().code == core::error_code::unavailable)
      return ready;
    manager.tell("EXTEND_TIMEOUT_USEC=30000000\nSTATUS=loading partitions");
  }
  const auto http = running.http();
  std::printf("ready %s=%s management=%s\n", is_secure && http ? "https" : "http",
              http ? to_string(*http).c_str() : "none", to_string(running.management()).c_str());
  std::fflush(stdout);
  manager.tell("READY=1\nSTATUS=serving");
  const nodes::watchdog pings(manager, [&](core::deadline until) { return running.check_alive(until); });
  stop.await();
  return core::nothing{};
}

int run(const config::sources& from) {
  nodes::stop_signal stop;
  const auto manager = nodes::service_manager::from_environment();
  const auto settings = config::load(from);
  if (!settings)
    return refuse(settings.failure());
  nodes::log_to_stderr(settings->log_level);
  std::atomic<bool> is_displaced = false;
  auto started = nodes::node::start(*settings, [&is_displaced] {
    is_displaced = true;
    std::raise(SIGTERM);
  });
  if (!started)
    return refuse(started.failure());
  const auto served = serve(**started, !settings->http_tls_certificate.empty(), stop, manager);
  manager.tell("STOPPING=1\nSTATUS=draining");
  core::log(core::log_level::note, "node", "draining");
  if (!(*started)->stop(settings->node_drain_timeout)) {
    core::log(core::log_level::warning, "node", "some work did not end in time and is given up");
    std::_Exit(is_displaced ? displaced : served ? 0 : cannot_start);
  }
  if (is_displaced)
    return displaced;
  return served ? 0 : refuse(served.failure());
}

} // namespace

int main(int argc, char** argv) {
  core::keep_freed_memory();
  try {
    const auto parsed = nodes::parse_command_line(argc, argv);
    if (const auto* done = std::get_if<nodes::finished>(&parsed))
      return done->exit_code;
    return run(std::get<config::sources>(parsed));
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "rollcalld: %s\n", failed.what());
    return cannot_start;
  }
}
