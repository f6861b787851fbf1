/// Clients of a cluster: threads that add, remove and search faces, and check every answer (`history`). Made and ended
/// by one thread.
#pragma once

#include "bench/chaos/cluster_processes.hpp"
#include "bench/chaos/history.hpp"

#include <atomic>
#include <functional>
#include <random>
#include <thread>

namespace rollcall::bench {

struct load_settings {
  std::uint64_t seed = 1;
  std::size_t people = 12;
  std::size_t writers = 2;
  std::size_t searchers = 2;
  std::size_t most_faces = 24; ///< of one person at a time
};

struct load_counts {
  std::uint64_t searches = 0;
  std::uint64_t failed_searches = 0;  ///< sent to a node that nothing happened to
  std::uint64_t excused_searches = 0; ///< failed at a node that something happened to
  std::uint64_t writes = 0;
  std::uint64_t refused_writes = 0;
  std::vector<double> search_ms;
};

class cluster_load {
public:
  /// How long a client waits for a reply: longer than any request may take.
  static constexpr std::chrono::seconds patience{25};

  /// Makes the collection and one face of each person that stays. Throws std::runtime_error.
  cluster_load(cluster_processes& on, load_settings settings);
  ~cluster_load();
  cluster_load(const cluster_load&) = delete;
  cluster_load& operator=(const cluster_load&) = delete;

  void start();
  void stop();
  /// Something happens to this node, or no longer does: a request to it may fail. `may_wait`: or get no reply within
  /// `patience`, which excuses none otherwise.
  void excuse(const std::string& node, bool is_excused, bool may_wait = false);
  /// What was counted since the last time.
  [[nodiscard]] load_counts take();
  [[nodiscard]] const history& seen() const noexcept { return seen_; }
  /// Each person by each node, in peace. False: an answer failed.
  [[nodiscard]] bool search_everything();
  /// The first lines that say what was wrong.
  [[nodiscard]] std::vector<std::string> faults() const;

private:
  using random = std::mt19937_64;
  struct target {
    std::string node;
    std::uint16_t port = 0;
  };

  [[nodiscard]] target choose(random& draw) const;
  [[nodiscard]] bool is_excused(const std::string& node, core::steady_time since, core::steady_time until) const;
  void write(random& draw);
  [[nodiscard]] bool add(const target& at, std::size_t person, std::size_t count, random& draw);
  [[nodiscard]] bool remove(const target& at, const std::vector<std::string>& faces);
  void search(random& draw);
  [[nodiscard]] bool search(const target& at, std::size_t person, bool accepts_partial);
  void run(std::uint64_t seed, const std::function<void(random&)>& step);

  cluster_processes& cluster_;
  load_settings settings_;
  std::vector<std::vector<float>> directions_; ///< of people
  std::vector<std::string> anchors_;           ///< faces that are searched by
  history seen_;
  std::atomic<bool> is_ending_ = false;
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  load_counts counts_;
  struct excuse_given {
    core::steady_time until; ///< max: still
    bool may_wait = false;
  };
  std::map<std::string, excuse_given> excused_;
  std::vector<std::string> faults_;
};

} // namespace rollcall::bench
