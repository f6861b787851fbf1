#include "bench/chaos/chaos_faults.hpp"

#include "tests/support/http.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

namespace rollcall::bench {

namespace {

using namespace std::chrono_literals;
using node_name = const std::string&;

void pause(std::chrono::milliseconds span) {
  std::this_thread::sleep_for(span);
}

// -- of one node

std::vector<fault> process_faults(cluster_processes& cluster) {
  const auto start = [&cluster](node_name node) { cluster.start(node); };
  const auto kill = [&cluster](node_name node) { cluster.kill(node); };
  const auto hang = [&cluster](node_name node) { cluster.signal(node, SIGSTOP); };
  const auto go_on = [&cluster](node_name node) { cluster.signal(node, SIGCONT); };
  return {
      {"kill", true, false, 2s, kill, start},
      {"kill, and stay away", true, false, 10s, kill, start},
      {"hang", true, false, 5s, hang, go_on},
      {"hang for long", true, false, 12s, hang, go_on},
      {"restart", true, false, 0s, [&cluster](node_name node) { cluster.stop(node); }, start},
  };
}

// One bit of one of the node's snapshots.
void damage_snapshot(cluster_processes& cluster, node_name node, std::mt19937_64& draw) {
  std::vector<std::filesystem::path> files;
  const auto snapshots = cluster.data_dir(node) / "snapshots";
  if (!std::filesystem::exists(snapshots)) // of a node that is no shard
    return;
  for (const auto& one : std::filesystem::recursive_directory_iterator(snapshots))
    if (one.is_regular_file() && one.file_size() > 0)
      files.push_back(one.path());
  if (files.empty())
    return;
  const auto& chosen = files[draw() % files.size()];
  std::fstream file(chosen, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(draw() % std::filesystem::file_size(chosen));
  file.seekg(at);
  const auto was = file.get();
  file.seekp(at);
  file.put(static_cast<char>(was ^ (1 << draw() % 8)));
}

std::vector<fault> disk_faults(cluster_processes& cluster, std::mt19937_64& draw) {
  const auto start = [&cluster](node_name node) { cluster.start(node); };
  return {
      {"lose the disk", true, false, 0s,
       [&cluster](node_name node) {
         cluster.kill(node);
         std::filesystem::remove_all(cluster.data_dir(node));
       },
       start},
      {"damage a snapshot", true, false, 0s,
       [&cluster, &draw](node_name node) {
         cluster.kill(node);
         damage_snapshot(cluster, node, draw);
       },
       start},
  };
}

// What strangers send to the port for peers, and stay. ZeroMQ's greeting is 64 bytes long, the mechanism at byte 12;
// then comes a command of eight bytes' length. Source: ZMTP 3.1.
std::vector<std::string> rude_beginnings(std::mt19937_64& draw) {
  std::string garbage(4'096, '\0');
  for (auto& byte : garbage)
    byte = static_cast<char>(draw());
  std::string greeting("\xff\0\0\0\0\0\0\0\1\x7f\3\0CURVE", 17);
  greeting.resize(64, '\0');
  const std::string of_one_and_a_half_gigabytes("\6\0\0\0\0\x59\x68\x2f\0", 9);
  return {"", garbage, greeting, greeting + of_one_and_a_half_gigabytes + garbage};
}

// A process that says it is the node, with a key of its own.
void start_impostor(cluster_processes& cluster, node_name node) {
  if (cluster.can_start_twin(node))
    throw std::runtime_error("a second " + node + " could start");
}

std::vector<fault> net_faults(cluster_processes& cluster, std::mt19937_64& draw) {
  const auto be_silent = [&cluster](node_name node) { cluster.link(node).silence(true); };
  const auto speak = [&cluster](node_name node) { cluster.link(node).silence(false); };
  const auto guests = std::make_shared<std::vector<test::http_connection>>();
  return {
      {"silent link", true, false, 6s, be_silent, speak},
      {"slow link", true, false, 6s, [&cluster](node_name node) { cluster.link(node).delay(200ms); },
       [&cluster](node_name node) { cluster.link(node).delay(0ms); }},
      {"link that breaks", true, false, 0s,
       [&cluster](node_name node) {
         for (int time = 0; time < 12; ++time) {
           cluster.link(node).cut();
           pause(500ms);
         }
       }},
      {"strangers", true, false, 5s,
       [&cluster, &draw, guests](node_name node) {
         for (const auto& beginning : rude_beginnings(draw)) {
           const auto until = core::deadline::in(5s);
           auto connection = test::http_connection::open(cluster.link(node).port(), until);
           if (!connection)
             throw std::runtime_error("nobody listens for the peers of " + node);
           static_cast<void>(connection->send(beginning, until)); // it may be hung up on
           guests->push_back(*std::move(connection));
         }
       },
       [guests](node_name) { guests->clear(); }},
      {"impostor", true, false, 0s, [&cluster](node_name node) { start_impostor(cluster, node); }},
  };
}

// -- of the whole

std::vector<fault> database_faults(cluster_processes& cluster, test::small_disk& disk) {
  std::vector<fault> made{
      {"database restarts", false, true, 0s, [&cluster](node_name) { cluster.database().stop(); },
       [&cluster](node_name) { cluster.database().start(); }},
      {"database hangs", false, true, 5s, [&cluster](node_name) { cluster.database().signal(SIGSTOP); },
       [&cluster](node_name) { cluster.database().signal(SIGCONT); }},
      {"database crashes", false, true, 5s, [&cluster](node_name) { cluster.database().stop(false); },
       [&cluster](node_name) { cluster.database().start(); }},
  };
  if (disk.is_mounted())
    made.push_back({"database's disk is full", false, true, 5s,
                    [&disk](node_name) {
                      if (!disk.fill())
                        throw std::runtime_error("the database's disk can't be filled");
                    },
                    [&cluster, &disk](node_name) {
                      disk.empty();
                      cluster.database().stop(false); // it may have given up
                      cluster.database().start();
                    }});
  else
    std::fprintf(stderr, "skipped: the database's disk is full (mounting one: %s)\n", disk.why_not().c_str());
  return made;
}

// Time goes on from there.
fault clock_jump(cluster_processes& cluster, const std::string& name, std::chrono::milliseconds by) {
  return {name, false, false, 5s, [&cluster, by](node_name) { cluster.move_clock(by); }};
}

// Something that happens to two nodes of `among` at once.
fault of_pair(const std::string& name, std::mt19937_64& draw, std::function<std::vector<std::string>()> among,
              std::function<void(node_name)> begin, std::function<void(node_name)> end) {
  const auto pair = std::make_shared<std::vector<std::string>>();
  return {name,
          false,
          true,
          6s,
          [=, &draw](node_name) {
            *pair = among();
            std::shuffle(pair->begin(), pair->end(), draw);
            pair->resize(2);
            std::for_each(pair->begin(), pair->end(), begin);
          },
          [=](node_name) { std::for_each(pair->begin(), pair->end(), end); }};
}

// Stops a node in order; requests to it may fail meanwhile.
void stop(cluster_processes& cluster, cluster_load& load, node_name node) {
  load.excuse(node, true);
  cluster.stop(node);
}

void start(cluster_processes& cluster, cluster_load& load, node_name node, const std::string& roles = "") {
  cluster.start(node, roles);
  load.excuse(node, false);
}

void restart_all(cluster_processes& cluster, cluster_load& load) {
  for (const auto& node : cluster.names()) {
    stop(cluster, load, node);
    start(cluster, load, node);
    cluster.wait_until_settled();
  }
}

void take_out(cluster_processes& cluster, cluster_load& load, node_name node) {
  static_cast<void>(cluster.operate({"nodes", "drain", node}));
  cluster.wait_until_settled();
  stop(cluster, load, node);
  static_cast<void>(cluster.operate({"nodes", "remove", node}));
}

// Two shards more, then two in all, then as many as before.
void grow_and_shrink(cluster_processes& cluster, cluster_load& load, std::mt19937_64& draw) {
  const auto before = cluster.with_role("shard");
  const auto roles = cluster.roles(before.front());
  for (const auto* guest : {"guest1", "guest2"})
    start(cluster, load, guest, roles);
  cluster.wait_until_settled();
  auto leaving = cluster.with_role("shard");
  std::shuffle(leaving.begin(), leaving.end(), draw);
  leaving.resize(leaving.size() - 2);
  for (const auto& node : leaving)
    take_out(cluster, load, node);
  cluster.wait_until_settled();
  for (const auto& node : before)
    if (std::find(leaving.begin(), leaving.end(), node) != leaving.end())
      start(cluster, load, node);
  cluster.wait_until_settled();
  for (const auto* guest : {"guest1", "guest2"})
    if (std::find(leaving.begin(), leaving.end(), guest) == leaving.end())
      take_out(cluster, load, guest);
}

// As long as it has fewer than most.
void double_partitions(cluster_processes& cluster) {
  constexpr int most = 64;
  const auto partitions = std::stoi(cluster.query("SELECT partitions FROM collections"));
  if (partitions < most)
    static_cast<void>(cluster.operate({"collections", "resize", "c", "--partitions", std::to_string(2 * partitions)}));
}

std::vector<fault> whole_faults(cluster_processes& cluster, cluster_load& load, std::mt19937_64& draw) {
  return {
      {"double the partitions", false, false, 0s, [&cluster](node_name) { double_partitions(cluster); }},
      {"restart one by one", false, false, 0s, [&cluster, &load](node_name) { restart_all(cluster, load); }},
      {"grow and shrink", false, false, 0s,
       [&cluster, &load, &draw](node_name) { grow_and_shrink(cluster, load, draw); }},
      of_pair(
          "silent links of two", draw, [&cluster] { return cluster.names(); },
          [&cluster](node_name node) { cluster.link(node).silence(true); },
          [&cluster](node_name node) { cluster.link(node).silence(false); }),
      clock_jump(cluster, "clock jumps ahead", 10min),
      clock_jump(cluster, "clock jumps back", -3s),
  };
}

} // namespace

std::vector<fault> make_faults(cluster_processes& cluster, test::small_disk& disk, cluster_load& load,
                               std::mt19937_64& draw) {
  std::vector<fault> all;
  for (auto& some : {process_faults(cluster), disk_faults(cluster, draw), net_faults(cluster, draw),
                     database_faults(cluster, disk), whole_faults(cluster, load, draw)})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::vector<fault> make_long_faults(cluster_processes& cluster, std::mt19937_64& draw) {
  std::vector<fault> all;
  const auto hang = [&cluster](node_name node) { cluster.signal(node, SIGSTOP); };
  const auto go_on = [&cluster](node_name node) { cluster.signal(node, SIGCONT); };
  for (const auto* role : {"shard", "front", "embedder"})
    if (!cluster.with_role(role).empty())
      all.push_back(
          {"a node hangs for 30 s: " + std::string(role), true, false, 30s, hang, go_on, [&cluster, &draw, role] {
             const auto fit = cluster.with_role(role);
             return fit[draw() % fit.size()];
           }});
  all.push_back(
      {"a node hangs for 30 s: leader", true, false, 30s, hang, go_on, [&cluster] { return cluster.leader(); }});
  all.push_back({"database is away for 60 s", false, true, 60s, [&cluster](node_name) { cluster.database().stop(); },
                 [&cluster](node_name) { cluster.database().start(); }});
  all.push_back({"database hangs for 60 s", false, true, 60s,
                 [&cluster](node_name) { cluster.database().signal(SIGSTOP); },
                 [&cluster](node_name) { cluster.database().signal(SIGCONT); }});
  return all;
}

std::vector<fault> make_network_faults(cluster_processes& cluster, chaos_network& network, std::mt19937_64& draw) {
  const auto pull_out = [&network](node_name node) { network.pull_out(node); };
  const auto plug_in = [&network](node_name node) { network.plug_in(node); };
  const auto shards = [&cluster] { return cluster.with_role("shard"); };
  std::vector<fault> all{{"network card pulled out", true, false, 6s, pull_out, plug_in,
                          [shards, &draw] {
                            const auto fit = shards();
                            return fit[draw() % fit.size()];
                          }},
                         of_pair("two cards pulled out", draw, shards, pull_out, plug_in)};
  const auto more = process_faults(cluster);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

} // namespace rollcall::bench
