#include "bench/report.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <sys/utsname.h>
#include <thread>

namespace rollcall::bench {

namespace {

/// First line that `command` prints; empty when it prints none.
std::string first_line(const char* command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe{popen(command, "r"), pclose};
  std::string line;
  for (int c = pipe ? std::fgetc(pipe.get()) : EOF; c != EOF && c != '\n'; c = std::fgetc(pipe.get()))
    line.push_back(static_cast<char>(c));
  return line;
}

std::string processor_name() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

std::string commit() {
  auto hash = first_line("git rev-parse --short=12 HEAD 2>/dev/null");
  if (hash.empty())
    return "unknown";
  if (!first_line("git status --porcelain --untracked-files=no 2>/dev/null").empty())
    hash += "-dirty";
  return hash;
}

std::string now_text() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

} // namespace

boost::json::object start_report(std::string_view name) {
  utsname system{};
  uname(&system);
  return {
      {"bench", name},
      {"machine",
       {{"processor", processor_name()},
        {"cores", std::thread::hardware_concurrency()},
        {"kernel", std::string{system.sysname} + " " + system.release},
        {"architecture", system.machine}}},
      {"commit", commit()},
      {"build_type", ROLLCALL_BUILD_TYPE},
      {"compiler", __VERSION__},
      {"time", now_text()},
  };
}

core::status write_report(const boost::json::object& report, const std::filesystem::path& file) {
  std::error_code ignored; // opening the file says whether the folder is there
  if (file.has_parent_path())
    std::filesystem::create_directories(file.parent_path(), ignored);
  std::ofstream out{file};
  out << boost::json::serialize(report) << '\n';
  out.close();
  if (!out)
    return core::fail(core::error_code::storage_full, "can't write " + file.string());
  return core::nothing{};
}

} // namespace rollcall::bench
