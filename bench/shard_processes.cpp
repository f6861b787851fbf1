#include "bench/shard_processes.hpp"

#include "actors/peer_gate.hpp"

#include <csignal>
#include <cstring>
#include <map>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.hpp>

namespace rollcall::bench {

namespace {

using steady = std::chrono::steady_clock;
constexpr std::size_t line_size = 256;

void tell(int pipe, const net::peer_address& where) {
  std::string line = where.node + " " + where.address + " " + where.public_key;
  line.resize(line_size, ' ');
  if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    ::_exit(1);
}

std::vector<shard::hit> prepared(std::size_t k) {
  std::vector<shard::hit> hits(k);
  for (std::size_t i = 0; i < k; ++i) {
    hits[i].id.value[0] = static_cast<std::uint8_t>(::getpid());
    hits[i].id.value[1] = static_cast<std::uint8_t>(i);
    hits[i].id.value[2] = static_cast<std::uint8_t>(i >> 8U);
    hits[i].cosine = 1 - static_cast<float>(i) / 10'000;
  }
  return hits;
}

// A node whose SHARD actor answers what it prepared.
[[noreturn]] void serve_as_node(int pipe, const std::string& name, std::size_t k, const std::string& key_of_front) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{1});
  caf::actor_system system{config};
  const auto instant = system.spawn([hits = prepared(k)](
                                        actors::shard_actor::pointer) -> actors::shard_actor::behavior_type {
    return {
        [hits](const shard::search_request& asked) {
          shard::search_answer made;
          made.rows.assign(asked.probes.size() / asked.dimension, hits);
          for (const auto partition : asked.partitions)
            made.partitions.push_back({partition, true, true, shard::exactness::proved, 1, hits.size(), hits.size()});
          return made;
        },
        [](const actors::apply_request&) { return actors::applied{}; },
        [](const actors::drop_request&) { return actors::applied{}; },
        [](const actors::status_request&) {
          return actors::shard_status{true, 1, 1, 1};
        },
        [](const actors::ready_request&) {
          return actors::shard_status{true, 1, 1, 1};
        },
    };
  });
  net::zmq_peers* peers = nullptr;
  const auto gate = actors::peer_gate(system, {.shard = instant},
                                      {[&peers](net::call_id to, core::result<core::shared_bytes> outcome) {
                                         peers->answer(std::move(to), std::move(outcome));
                                       },
                                       [&peers](net::call_id to) { peers->answer_ping(std::move(to)); }});
  net::peer_settings settings;
  settings.self = {cluster_id, name, 1};
  settings.listen = "127.0.0.1:0";
  settings.keys = net::make_key_pair();
  const auto key = settings.keys->public_key;
  auto started = net::zmq_peers::start(
      std::move(settings), {[gate](const net::call_id& call, net::peer_request request) {
                              caf::anon_send(gate, actors::peer_call{call, std::move(request)});
                            },
                            [gate](const net::call_id& call) { caf::anon_send(gate, actors::peer_ping{call}); },
                            [](const std::string&, bool) {}});
  if (!started)
    ::_exit(1);
  peers = started->get();
  peers->admit({{key_of_front, "front"}});
  tell(pipe, {name, peers->address(), key});
  while (true)
    ::pause();
}

[[noreturn]] void serve_bare(int pipe, const std::string& name, std::size_t k) {
  zmq::context_t context(1);
  zmq::socket_t router(context, zmq::socket_type::router);
  router.bind("tcp://127.0.0.1:*");
  tell(pipe, {name, router.get(zmq::sockopt::last_endpoint), "-"});
  const std::string reply(k * (sizeof(core::uuid::value) + sizeof(float)), 'x');
  while (true) {
    zmq::message_t route;
    zmq::message_t id;
    zmq::message_t body;
    if (!router.recv(route) || !router.recv(id) || !router.recv(body))
      continue;
    router.send(route, zmq::send_flags::sndmore);
    router.send(id, zmq::send_flags::sndmore);
    router.send(zmq::buffer(reply));
  }
}

} // namespace

shard_processes::shard_processes(std::uint32_t count, std::size_t k, const std::string& key_of_front) {
  for (std::uint32_t index = 0; index < count; ++index) {
    int ends[2];
    if (::pipe(ends) != 0)
      throw std::runtime_error("no pipe");
    const auto name = "shard" + std::to_string(index);
    const auto pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      key_of_front.empty() ? serve_bare(ends[1], name, k) : serve_as_node(ends[1], name, k, key_of_front);
    }
    ::close(ends[1]);
    pids_.push_back(pid);
    char line[line_size + 1] = {};
    std::size_t got = 0;
    for (ssize_t size = 1; size > 0 && got < line_size; got += static_cast<std::size_t>(std::max<ssize_t>(size, 0)))
      size = ::read(ends[0], line + got, line_size - got);
    ::close(ends[0]);
    char node[line_size], address[line_size], key[line_size];
    if (std::sscanf(line, "%255s %255s %255s", node, address, key) != 3)
      throw std::runtime_error("a shard process did not start");
    addresses_.push_back({node, address, key});
  }
}

shard_processes::~shard_processes() {
  for (const auto pid : pids_) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}

struct raw_scatter::sockets {
  zmq::context_t context{1};
  std::vector<zmq::socket_t> dealers;
  std::string request;
  std::uint64_t last_id = 0;
};

raw_scatter::raw_scatter(const shard_processes& to, std::size_t request_bytes) : sockets_(std::make_unique<sockets>()) {
  sockets_->request.assign(request_bytes, 'x');
  for (const auto& one : to.addresses()) {
    sockets_->dealers.emplace_back(sockets_->context, zmq::socket_type::dealer);
    sockets_->dealers.back().set(zmq::sockopt::linger, 0);
    sockets_->dealers.back().connect(one.address);
  }
}

raw_scatter::~raw_scatter() = default;

std::vector<double> raw_scatter::run(int outstanding, double seconds) {
  struct scatter {
    steady::time_point started;
    std::size_t missing;
  };
  auto& dealers = sockets_->dealers;
  auto& last_id = sockets_->last_id;
  std::map<std::uint64_t, scatter> running;
  std::vector<double> ms;
  const auto send = [&] {
    running.emplace(++last_id, scatter{steady::now(), dealers.size()});
    for (auto& dealer : dealers) {
      dealer.send(zmq::buffer(&last_id, sizeof last_id), zmq::send_flags::sndmore);
      dealer.send(zmq::buffer(sockets_->request));
    }
  };
  std::vector<zmq::pollitem_t> items;
  for (auto& dealer : dealers)
    items.push_back({dealer.handle(), 0, ZMQ_POLLIN, 0});
  const auto end = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
  for (; outstanding > 0; --outstanding)
    send();
  while (!running.empty()) {
    zmq::poll(items, std::chrono::milliseconds{1'000});
    for (auto& dealer : dealers) {
      zmq::message_t id;
      while (dealer.recv(id, zmq::recv_flags::dontwait)) {
        zmq::message_t body;
        static_cast<void>(dealer.recv(body));
        std::uint64_t number = 0;
        std::memcpy(&number, id.data(), sizeof number);
        auto found = running.find(number);
        if (--found->second.missing != 0)
          continue;
        ms.push_back(std::chrono::duration<double, std::milli>(steady::now() - found->second.started).count());
        running.erase(found);
        if (steady::now() < end)
          send();
      }
    }
  }
  return ms;
}

} // namespace rollcall::bench
