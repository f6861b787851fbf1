/// Nodes of a cluster in a time of the test's own: keepers of replicas with their clocks, which hang, die, and return
/// with the snapshots that they had written before, or damaged ones, or none. What they ask of the store and of one
/// another takes its seeded time.
#pragma once

#include "actors/replica/replica_keeper.hpp"
#include "actors/storing/lease_watch.hpp"
#include "core/metrics.hpp"
#include "shard/coded_index.hpp"
#include "store/memory_store.hpp"
#include "store/settings.hpp"
#include "tests/unit/shard/snapshot_fixture.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>

namespace rollcall::actors::simulated {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using store::placement_state;

inline constexpr std::size_t node_count = 3;
inline constexpr std::uint32_t partition_count = 2; ///< at first
inline constexpr std::size_t dimension = 8;
inline constexpr milliseconds lease = 3'000ms;

/// What a process has in memory.
struct shard_process {
  shard_metrics metrics{core::null_metrics(), "0"};
  shard::gallery gallery{shard::coded_indexes({})};
  std::unique_ptr<replica_keeper> keeper;
  lease_watch watch; ///< of its STORE
};

struct shard_node {
  std::shared_ptr<shard_process> process;
  std::map<std::uint32_t, core::bytes> disk;                    ///< snapshots, by partition
  std::map<std::uint32_t, std::set<core::sha256_digest>> known; ///< that the store knows of this node
  double rate = 1;                                              ///< of its clock
  milliseconds hung_until{0};                                   ///< nothing happens there before
  milliseconds last_change{0};                                  ///< changes run one after the other
  store::lease_mark lease;                                      ///< in the store's table
};

class nodes {
public:
  virtual ~nodes() = default;
  nodes(const nodes&) = delete;
  nodes& operator=(const nodes&) = delete;

  void run(milliseconds until) {
    while (!events_.empty() && events_.begin()->first.first <= until) {
      auto next = events_.extract(events_.begin());
      now_ = next.key().first;
      next.mapped()();
    }
  }

  std::size_t from_disk = 0; ///< loads
  std::size_t from_peers = 0;
  std::size_t refused = 0; ///< snapshots

protected:
  explicit nodes(std::uint64_t seed) : draw_(seed), store_(store::make_memory_store(limits(seed))) {
    collection_.key = {random_id()};
    collection_.id = "c";
    collection_.model_version = "1.0";
    collection_.partitions = partition_count;
    EXPECT_TRUE(store_->create_collection(collection_, {}));
    look_at_shape();
  }

  /// What a node does with its cluster, as long as its process lives.
  virtual void begin_round(std::size_t at) = 0;

  void start_all() {
    for (std::size_t at = 0; at < node_count; ++at) {
      nodes_[at].rate = 0.97 + 0.01 * static_cast<double>(below(7));
      start(at);
    }
    after(1, [this] { disturb(); });
    after(1, [this] { crash(); });
  }

  static store::common_settings limits(std::uint64_t seed) {
    store::common_settings made;
    made.mutations_kept = seed % 3 == 0 ? 4 : 1'000; // now and then the tail is gone
    return made;
  }

  std::uint64_t below(std::uint64_t limit) { return draw_() % limit; }
  /// After the store's partitions have changed.
  void look_at_shape() {
    shape_ = store_->find_shape(collection_.id)->shape;
    partitions_.clear();
    const auto heads = store_->list_heads();
    for (const auto& head : *heads)
      partitions_.push_back(head.partition);
  }
  std::uint32_t random_partition() { return partitions_[below(partitions_.size())]; }
  core::uuid random_id() {
    core::uuid id;
    for (auto& byte : id.value)
      byte = static_cast<std::uint8_t>(draw_());
    return id;
  }
  /// A span that a message takes: short, and now and then long.
  std::uint64_t travel() { return below(10) == 0 ? below(3'000) : below(20); }

  void after(std::uint64_t ms, std::function<void()> what) {
    events_.emplace(std::pair(now_ + milliseconds{ms}, ++last_event_), std::move(what));
  }
  /// The same on a node, which may hang then; nothing happens in a process that has died.
  void at_node(std::size_t at, std::uint64_t ms, std::function<void()> what) {
    at_process(at, nodes_[at].process.get(), ms, std::move(what));
  }
  void at_process(std::size_t at, const shard_process* process, std::uint64_t ms, std::function<void()> what) {
    after(ms, [this, at, process, what = std::move(what)]() mutable {
      const auto hung = nodes_[at].hung_until - now_;
      if (nodes_[at].process.get() != process)
        return;
      if (hung.count() > 0)
        at_process(at, process, static_cast<std::uint64_t>(hung.count()), std::move(what));
      else
        what();
    });
  }
  core::steady_time clock(std::size_t at) const {
    return core::steady_time{}
           + std::chrono::microseconds{static_cast<std::int64_t>(static_cast<double>(now_.count()) * 1'000
                                                                 * nodes_[at].rate)}
           + std::chrono::hours{1};
  }

  loader_ports make_ports(std::size_t at) {
    loader_ports ports;
    const auto* process = nodes_[at].process.get();
    ports.read = [this, at, process](loader_ports::read_function what,
                                     std::function<void(core::result<std::any>)> then) {
      after(travel(), [this, at, process, what, then] {
        at_process(at, process, travel(), [then, found = what(*store_)] { then(found); });
      });
    };
    ports.change = [this, at](std::function<core::status()> what, std::function<void(core::status)> then) {
      auto& node = nodes_[at];
      node.last_change = std::max(node.last_change, now_) + milliseconds{1 + below(5)};
      at_node(at, static_cast<std::uint64_t>((node.last_change - now_).count()),
              [this, at, what, then] { at_node(at, below(3), [then, done = what()] { then(done); }); });
    };
    ports.later = [this, at](std::function<void()> then) { at_node(at, 200, std::move(then)); };
    ports.now = [this, at] { return clock(at); };
    ports.snapshots = make_snapshot_ports(at);
    return ports;
  }

  // -- processes and their snapshots

  void start(std::size_t at) {
    auto& node = nodes_[at];
    graveyard_.push_back(node.process); // events that will not happen refer to it
    node.process = std::make_shared<shard_process>();
    node.process->keeper = std::make_unique<replica_keeper>(node.process->gallery, node.process->metrics,
                                                            make_ports(at), keeper_settings{false, 3, 2'000ms}, [] {});
    at_node(at, below(2'000), [this, at] { begin_round(at); });
    at_node(at, below(3'000), [this, at] { write_snapshot(at); });
  }

  // A process dies, and another takes its name: what it holds is to be loaded again, its lease runs on.
  void crash() {
    after(below(12'000), [this] { crash(); });
    const auto at = below(node_count);
    auto& node = nodes_[at];
    if (node.hung_until > now_)
      return;
    if (below(4) == 0)
      node.disk.clear();
    for (auto& [partition, file] : node.disk)
      if (below(4) == 0 && !file.empty())
        file[below(file.size())] ^= 1;
    for (auto& [key, state] : map_)
      if (key.second == at)
        state = placement_state::loading;
    start(at);
  }

  void disturb() {
    after(below(8'000), [this] { disturb(); });
    nodes_[below(node_count)].hung_until = now_ + milliseconds{below(8'000)};
  }

  void write_snapshot(std::size_t at) {
    at_node(at, below(4'000), [this, at] { write_snapshot(at); });
    const auto partition = random_partition();
    auto& node = nodes_[at];
    const auto from = node.process->gallery.read(collection_.key, partition);
    core::bytes file;
    shard::testing::memory_file into(file);
    const auto written = from ? shard::write_snapshot(*from, {cluster_, collection_.key, partition}, into)
                              : core::fail(core::error_code::not_found, "");
    if (!written)
      return;
    at_node(at, travel(), [this, at, partition, file, digest = written->digest] {
      auto& known = nodes_[at].known[partition];
      core::sha256_digest kept{};
      if (const auto old = nodes_[at].disk.find(partition); old != nodes_[at].disk.end())
        std::copy_n(old->second.begin() + shard::snapshot_header_bytes - kept.size(), kept.size(), kept.begin());
      std::erase_if(known, [&](const auto& one) { return one != kept; });
      known.insert(digest); // before the file takes its place: a process that dies between has the old one
      at_node(at, below(5), [this, at, partition, file] { nodes_[at].disk[partition] = file; });
    });
  }

  snapshot_ports make_snapshot_ports(std::size_t at) {
    snapshot_ports made;
    made.cluster = cluster_;
    made.sources = [this, at](const partition_key& key) {
      std::vector<snapshot_source> sources{source(at, at, key.second)};
      for (std::size_t other = 0; other < node_count; ++other)
        if (const auto found = map_.find({key.second, other});
            other != at && found != map_.end() && found->second != placement_state::loading)
          sources.push_back(source(at, other, key.second));
      return sources;
    };
    made.is_known = [this, at, process = nodes_[at].process.get()](const partition_key& key,
                                                                   const core::sha256_digest& digest, auto then) {
      after(travel(), [=, this] {
        const auto is_known = std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
          const auto found = node.known.find(key.second);
          return found != node.known.end() && found->second.contains(digest);
        });
        at_process(at, process, travel(), [=] { then(is_known); });
      });
    };
    made.loaded = [this](const snapshot_source& from, const partition_key&, std::uint64_t) {
      ++(from.name.empty() ? from_disk : from_peers);
    };
    made.refused = [this](const snapshot_source&, const partition_key&, const core::error&) { ++refused; };
    made.held = [](const std::set<partition_key>&) {};
    return made;
  }

  // What is opened stays as it was; the other node may fail in the middle.
  snapshot_source source(std::size_t at, std::size_t of, std::uint32_t partition) {
    auto file = std::make_shared<core::bytes>();
    return {of == at ? "" : std::to_string(of),
            [=, this](auto then) {
              const auto found = nodes_[of].disk.find(partition);
              *file = found == nodes_[of].disk.end() ? core::bytes{} : found->second;
              at_node(at, travel(), [=] {
                file->empty() ? then(core::fail(core::error_code::not_found, "none"))
                              : then(std::uint64_t{file->size()});
              });
            },
            [=, this](shard::byte_range range, auto then) {
              if (of != at && below(20) == 0)
                return at_node(at, travel(), [=] { then(core::fail(core::error_code::unavailable, "gone")); });
              const auto begin = file->begin() + static_cast<std::ptrdiff_t>(range.offset);
              at_node(at, travel(),
                      [then, part = std::make_shared<const core::bytes>(
                                 begin, begin + static_cast<std::ptrdiff_t>(range.bytes))] { then(part); });
            }};
  }

  std::mt19937_64 draw_;
  std::unique_ptr<store::store> store_;
  store::collection_record collection_;
  store::partition_shape shape_;
  std::vector<std::uint32_t> partitions_; ///< all that there are, by number
  const core::uuid cluster_{{9}};
  std::array<shard_node, node_count> nodes_;
  std::vector<std::shared_ptr<shard_process>> graveyard_;
  std::map<std::pair<std::uint32_t, std::size_t>, placement_state> map_;
  milliseconds now_{0};

private:
  std::uint64_t last_event_ = 0;
  std::map<std::pair<milliseconds, std::uint64_t>, std::function<void()>> events_;
};

} // namespace rollcall::actors::simulated
