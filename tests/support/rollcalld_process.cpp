#include "tests/support/rollcalld_process.hpp"

#include <csignal>
#include <cstdlib>

namespace rollcall::test {

namespace {

/// The port of `name=HOST:PORT` in the ready line; 0 when it has none.
std::uint16_t port_in(const std::string& line, const std::string& name) {
  const auto start = line.find(name + "=");
  if (start == std::string::npos)
    return 0;
  const auto end = std::min(line.find(' ', start), line.size());
  const auto colon = line.rfind(':', end - 1);
  return colon < start ? std::uint16_t{0} : static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 1));
}

} // namespace

std::filesystem::path program(const std::string& name) {
  const char* folder = std::getenv("ROLLCALL_BIN_DIR");
  return std::filesystem::path{folder != nullptr && *folder != '\0' ? folder : ROLLCALL_DEFAULT_BIN_DIR} / name;
}

command rollcalld_command(const node_options& options) {
  command made{program("rollcalld"), {"--http", options.http, "--management", options.management}};
  if (!options.data_dir.empty())
    made.arguments.insert(made.arguments.end(), {"--data-dir", options.data_dir});
  for (const auto& setting : options.settings)
    made.arguments.insert(made.arguments.end(), {"--set", setting});
  made.arguments.insert(made.arguments.end(), options.arguments.begin(), options.arguments.end());
  if (!options.within.empty()) {
    made.arguments.insert(made.arguments.begin(), made.program);
    made.arguments.insert(made.arguments.begin(), options.within.begin() + 1, options.within.end());
    made.program = options.within.front();
  }
  return made;
}

core::result<std::unique_ptr<rollcalld_process>> rollcalld_process::start(node_options options,
                                                                          std::chrono::milliseconds timeout) {
  std::unique_ptr<temp_dir> own;
  if (options.data_dir.empty()) {
    own = std::make_unique<temp_dir>();
    options.data_dir = own->path() / "data";
  }
  std::unique_ptr<rollcalld_process> made{new rollcalld_process{std::move(options)}};
  made->own_data_dir_ = std::move(own);
  ROLLCALL_CHECK(made->restart(timeout));
  return made;
}

core::status rollcalld_process::restart(std::chrono::milliseconds timeout) {
  const auto until = core::deadline::in(timeout);
  ROLLCALL_TRY(child_, process::start(rollcalld_command(options_)));
  ROLLCALL_TRY(const auto line, child_->wait_for_line(stream::out, "ready ", until));
  is_secure_ = line.find(" https=") != std::string::npos;
  http_port_ = port_in(line, is_secure_ ? "https" : "http");
  management_port_ = port_in(line, "management");
  const bool is_front = line.find("http=none") == std::string::npos;
  if ((is_front && http_port_ == 0) || management_port_ == 0)
    return core::fail(core::error_code::malformed, "no ports in: " + line);
  return core::nothing{};
}

core::result<exit_state> rollcalld_process::stop(std::chrono::milliseconds timeout) {
  child_->signal(SIGTERM);
  return child_->wait_for_exit(core::deadline::in(timeout));
}

void rollcalld_process::crash() {
  child_->signal(SIGKILL);
  (void)child_->wait_for_exit(core::deadline::in(std::chrono::seconds{30}));
}

} // namespace rollcall::test
