#include "bench/cluster/peer_processes.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rollcall::bench {

namespace {

std::array<int, 2> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0)
    throw std::runtime_error("no pipe");
  return ends;
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4'096> some{};
  for (ssize_t size = 0; (size = ::read(pipe, some.data(), some.size())) > 0;)
    text.append(some.data(), static_cast<std::size_t>(size));
  ::close(pipe);
  return text;
}

void write_all(int pipe, std::string_view text) {
  while (!text.empty()) {
    const auto size = ::write(pipe, text.data(), text.size());
    if (size <= 0)
      ::_exit(1);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  ::close(pipe);
}

pid_t fork_child() {
  std::fflush(nullptr); // or the child would print it once more
  const auto pid = ::fork();
  if (pid < 0)
    throw std::runtime_error("no process");
  if (pid == 0)
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

void serve_as_node(int pipe, std::uint32_t index, const std::string& key_of_front, const make_workers& make) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{1});
  caf::actor_system system{config};
  net::zmq_peers* peers = nullptr;
  const auto gate = actors::peer_gate(system, make(system, index),
                                      {[&peers](net::call_id to, core::result<core::shared_bytes> outcome) {
                                         peers->answer(std::move(to), std::move(outcome));
                                       },
                                       [&peers](net::call_id to) { peers->answer_ping(std::move(to)); }});
  net::peer_settings settings;
  settings.self = {cluster_id, "node" + std::to_string(index), 1};
  settings.listen = "127.0.0.1:0";
  if (!key_of_front.empty())
    settings.keys = net::make_key_pair();
  const auto name = settings.self.node;
  const auto key = settings.keys ? settings.keys->public_key : "-";
  auto started = net::zmq_peers::start(
      std::move(settings), {[gate](const net::call_id& call, net::peer_request request) {
                              caf::anon_send(gate, actors::peer_call{call, std::move(request)});
                            },
                            [gate](const net::call_id& call) { caf::anon_send(gate, actors::peer_ping{call}); },
                            [](const std::string&, bool) {}});
  if (!started)
    throw std::runtime_error(started.failure().message);
  peers = started->get();
  if (!key_of_front.empty())
    peers->admit({{key_of_front, "front"}});
  forked::tell(pipe, {name, peers->address(), key});
  while (true)
    ::pause();
}

} // namespace

forked::forked(const std::function<void(int)>& serve) {
  const auto ends = open_pipe();
  pid_ = fork_child();
  if (pid_ == 0) {
    ::close(ends[0]);
    try {
      serve(ends[1]);
    } catch (const std::exception& failed) {
      std::cerr << "bench_cluster: a process could not serve: " << failed.what() << '\n';
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

void forked::await() {
  const auto line = read_all(std::exchange(pipe_, -1));
  std::array<std::array<char, 128>, 3> words{};
  if (std::sscanf(line.c_str(), "%127s %127s %127s", words[0].data(), words[1].data(), words[2].data()) != 3)
    throw std::runtime_error("a process did not start");
  where_ = {words[0].data(), words[1].data(), words[2].data()};
}

forked::~forked() {
  if (pid_ < 0)
    return;
  if (pipe_ >= 0)
    ::close(pipe_);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

double cpu_seconds(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
    throw std::runtime_error("a process has ended");
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void forked::tell(int pipe, const net::peer_address& where) {
  write_all(pipe, where.node + " " + where.address + " " + where.public_key);
}

std::vector<forked> fork_nodes(std::uint32_t count, const std::string& key_of_front, const make_workers& make) {
  std::vector<forked> all;
  all.reserve(count);
  for (std::uint32_t index = 0; index < count; ++index)
    all.emplace_back([&](int pipe) { serve_as_node(pipe, index, key_of_front, make); });
  for (auto& one : all)
    one.await();
  return all;
}

double cpu_seconds(const std::vector<forked>& all) {
  double sum = 0;
  for (const auto& one : all)
    sum += cpu_seconds(one.pid());
  return sum;
}

std::string apart(const std::function<std::string()>& what) {
  const auto ends = open_pipe();
  const auto pid = fork_child();
  if (pid == 0) {
    ::close(ends[0]);
    try {
      const auto made = what();
      std::fflush(nullptr);
      write_all(ends[1], made);
      ::_exit(0);
    } catch (const std::exception& failed) {
      std::cerr << "bench_cluster: " << failed.what() << '\n';
      ::_exit(1);
    }
  }
  ::close(ends[1]);
  auto made = read_all(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0)
    throw std::runtime_error("a part of the measurement failed");
  return made;
}

} // namespace rollcall::bench
