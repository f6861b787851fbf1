// Leases, pushes, tails and clocks of different rates under a seeded network and a time of the test's own: whatever a
// replica says while it calls its answers current contains every write that was acknowledged before. The keeper, the
// lease watch and the split of a push are the real ones; the store is real, too, and its map and leases are those of
// its PostgreSQL in short.
#include "actors/lease_watch.hpp"
#include "actors/mutation_push.hpp"
#include "actors/replica_keeper.hpp"
#include "core/metrics.hpp"
#include "shard/coded_index.hpp"
#include "store/memory_store.hpp"
#include "store/settings.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>

namespace rollcall::actors {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using store::placement_state;

constexpr std::size_t node_count = 3;
constexpr std::uint32_t partition_count = 2;
constexpr std::size_t dimension = 8;
constexpr milliseconds lease = 3'000ms;

struct shard_node {
  shard_metrics metrics{core::null_metrics(), "0"};
  shard::gallery gallery{shard::coded_indexes({})};
  std::unique_ptr<replica_keeper> keeper;
  lease_watch watch;           ///< of its STORE
  double rate = 1;             ///< of its clock
  milliseconds hung_until{0};  ///< nothing happens there before
  milliseconds last_change{0}; ///< changes run one after the other
  store::lease_mark lease;     ///< in the store's table
};

class world {
public:
  explicit world(std::uint64_t seed) : draw_(seed), store_(store::make_memory_store(limits(seed))) {
    collection_.key = {random_id()};
    collection_.id = "c";
    collection_.model_version = "1.0";
    collection_.partitions = partition_count;
    EXPECT_TRUE(store_->create_collection(collection_, {}));
    for (std::size_t at = 0; at < node_count; ++at) {
      auto& node = nodes_[at];
      node.rate = 0.97 + 0.01 * static_cast<double>(below(7));
      node.keeper = std::make_unique<replica_keeper>(node.gallery, node.metrics, make_ports(at),
                                                     keeper_settings{false, 3, 2'000ms}, [] {});
      after(below(1'000), [this, at] { begin_round(at); });
    }
    for (int writer = 0; writer < 3; ++writer)
      after(below(100), [this] { write(); });
    after(1, [this] { search(); });
    after(1, [this] { move(); });
    after(1, [this] { disturb(); });
  }

  void run(milliseconds until) {
    while (!events_.empty() && events_.begin()->first.first <= until) {
      auto next = events_.extract(events_.begin());
      now_ = next.key().first;
      next.mapped()();
    }
  }

  std::size_t current = 0; ///< answers that said so
  std::size_t acknowledged = 0;
  std::vector<std::string> wrong;

private:
  static store::common_settings limits(std::uint64_t seed) {
    store::common_settings made;
    made.mutations_kept = seed % 3 == 0 ? 4 : 1'000; // now and then the tail is gone
    return made;
  }

  std::uint64_t below(std::uint64_t limit) { return draw_() % limit; }
  core::uuid random_id() {
    core::uuid id;
    for (auto& byte : id.value)
      byte = static_cast<std::uint8_t>(draw_());
    return id;
  }
  std::vector<float> random_embedding() {
    std::vector<float> row(dimension, 0.0F);
    row[below(dimension)] = 1;
    return row;
  }
  /// A span that a message takes: short, and now and then long.
  std::uint64_t travel() { return below(10) == 0 ? below(3'000) : below(20); }

  void after(std::uint64_t ms, std::function<void()> what) {
    events_.emplace(std::pair(now_ + milliseconds{ms}, ++last_event_), std::move(what));
  }
  /// The same on a node, which may hang then.
  void at_node(std::size_t at, std::uint64_t ms, std::function<void()> what) {
    after(ms, [this, at, what = std::move(what)]() mutable {
      const auto hung = nodes_[at].hung_until - now_;
      if (hung.count() > 0)
        at_node(at, static_cast<std::uint64_t>(hung.count()), std::move(what));
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
    ports.read = [this, at](loader_ports::read_function what, std::function<void(core::result<std::any>)> then) {
      after(travel(),
            [this, at, what, then] { at_node(at, travel(), [then, found = what(*store_)] { then(found); }); });
    };
    ports.change = [this, at](std::function<core::status()> what, std::function<void(core::status)> then) {
      auto& node = nodes_[at];
      node.last_change = std::max(node.last_change, now_) + milliseconds{1 + below(5)};
      at_node(at, static_cast<std::uint64_t>((node.last_change - now_).count()),
              [this, at, what, then] { at_node(at, below(3), [then, done = what()] { then(done); }); });
    };
    ports.later = [this, at](std::function<void()> then) { at_node(at, 200, std::move(then)); };
    ports.now = [this, at] { return clock(at); };
    return ports;
  }

  // -- a node's round: heartbeat, share, follow, report; each on its way for a while

  void begin_round(std::size_t at) {
    const auto asked = clock(at);
    after(travel(), [this, at, asked] {
      auto& node = nodes_[at];
      node.lease = {node.lease.number + 1, lease};
      const auto granted = node.lease.span;
      at_node(at, travel(), [this, at, asked, granted] {
        after(travel(), [this, at, asked, granted] {
          at_node(at, travel(), [this, at, asked, granted, share = share_of(at)] {
            nodes_[at].keeper->follow({share, asked, granted}, [this, at](core::result<followed> done) {
              ASSERT_TRUE(done);
              after(travel(), [this, at, news = done->done] {
                report(at, news);
                at_node(at, travel() + below(1'000), [this, at] { begin_round(at); });
              });
            });
          });
        });
      });
    });
  }

  std::vector<store::share_entry> share_of(std::size_t at) {
    std::vector<store::share_entry> share;
    const auto heads = store_->list_heads();
    for (const auto& head : *heads)
      if (const auto found = map_.find({head.partition, at}); found != map_.end())
        share.push_back({head.collection, head.partition, found->second, head.seq});
    return share;
  }

  void report(std::size_t at, const std::vector<store::placement>& news) {
    for (const auto& one : news) {
      const auto found = map_.find({one.partition, at});
      if (found == map_.end())
        continue;
      if (one.state == placement_state::ready && found->second == placement_state::loading)
        found->second = placement_state::ready;
      else if (one.state == placement_state::leaving && found->second == placement_state::leaving)
        map_.erase(found);
    }
  }

  // -- the controller moves something; any change that it may make is made now and then

  void move() {
    after(below(1'500), [this] { move(); });
    const std::pair key{static_cast<std::uint32_t>(below(partition_count)), below(node_count)};
    const auto found = map_.find(key);
    if (found == map_.end())
      map_.emplace(key, placement_state::loading);
    else if (found->second == placement_state::loading && below(4) == 0)
      map_.erase(found);
    else if (found->second != placement_state::loading && below(3) == 0)
      found->second = found->second == placement_state::ready ? placement_state::leaving : placement_state::ready;
  }

  void disturb() {
    after(below(8'000), [this] { disturb(); });
    nodes_[below(node_count)].hung_until = now_ + milliseconds{below(8'000)};
  }

  // -- a write: commit, holders, push, acknowledgement

  struct write_state {
    bool adds = false;
    core::uuid id;
    std::set<std::string> missing;
    bool is_over = false;
  };

  void write() {
    auto now = std::make_shared<write_state>();
    const auto at = below(node_count);
    std::vector<core::mutation_batch> mutations;
    now->adds = living_.empty() || below(3) != 0;
    if (now->adds) {
      store::face_with_embedding face;
      face.face.id = {random_id()};
      face.face.image = {random_id()};
      face.face.model_version = "1.0";
      face.embedding = random_embedding();
      now->id = face.face.id.id;
      const auto added = store_->add_faces(collection_.key, {&face, 1});
      ASSERT_TRUE(added);
      mutations = added->mutations;
    } else {
      const auto chosen = std::next(living_.begin(), static_cast<std::ptrdiff_t>(below(living_.size())));
      now->id = *chosen;
      living_.erase(chosen); // from here on it may be found or not
      const core::face_id id{now->id};
      const auto removed = store_->remove_faces(collection_.key, {&id, 1});
      ASSERT_TRUE(removed);
      mutations = removed->mutations;
    }
    after(travel(), [this, at, now, mutations] {
      std::vector<std::pair<std::size_t, store::lease_mark>> found;
      for (const auto& [key, state] : map_)
        if (key.first == mutations[0].partition && state != placement_state::loading)
          found.emplace_back(key.second, nodes_[key.second].lease);
      at_node(at, travel(), [this, at, now, mutations, found] { push(at, now, mutations, found); });
    });
  }

  void push(std::size_t at, const std::shared_ptr<write_state>& now, const std::vector<core::mutation_batch>& mutations,
            const std::vector<std::pair<std::size_t, store::lease_mark>>& found) {
    std::vector<partition_holder> holders;
    for (const auto& [holder, mark] : found) {
      const auto name = std::to_string(holder);
      holders.push_back({{collection_.key, mutations[0].partition}, name, nodes_[at].watch.see(name, mark, clock(at))});
    }
    for (const auto& one : split_by_holder(mutations, holders)) {
      if (one.lease.count() > 0)
        now->missing.insert(one.node);
      const auto to = static_cast<std::size_t>(std::stoul(one.node));
      const auto by_own_clock =
          static_cast<std::uint64_t>(static_cast<double>(one.lease.count()) / nodes_[at].rate) + 1;
      at_node(at, by_own_clock, [this, now, name = one.node] { confirm(now, name); });
      for (std::uint64_t copies = below(8) == 0 ? below(3) : 1; copies > 0; --copies)
        at_node(to, travel(), [this, at, to, now, one] {
          nodes_[to].keeper->apply(one.apply, [this, at, now, name = one.node] {
            if (below(10) != 0) // else it is lost on its way back
              at_node(at, travel(), [this, now, name] { confirm(now, name); });
          });
        });
    }
    confirm(now, "");
  }

  void confirm(const std::shared_ptr<write_state>& now, const std::string& node) {
    now->missing.erase(node);
    if (!now->missing.empty() || std::exchange(now->is_over, true))
      return;
    ++acknowledged;
    if (now->adds)
      living_.insert(now->id);
    else
      gone_.insert(now->id);
    after(below(150), [this] { write(); });
  }

  // -- searches: what a replica would answer at this moment

  void search() {
    after(below(40), [this] { search(); });
    const auto at = below(node_count);
    auto& node = nodes_[at];
    if (node.hung_until > now_)
      return;
    const auto partition = static_cast<std::uint32_t>(below(partition_count));
    if (!node.keeper->answers({collection_.key, partition}, clock(at)) || !node.keeper->is_leased(clock(at)))
      return;
    shard::search_request asked{.request = {},
                                .collection = collection_.key,
                                .partitions = {partition},
                                .probes = random_embedding(),
                                .until = core::deadline::in(1h)};
    asked.dimension = dimension;
    asked.k = 4'000;
    const auto answer = node.gallery.search(asked);
    ASSERT_TRUE(answer);
    if (!answer->partitions[0].is_current || !answer->partitions[0].has_answered)
      return;
    ++current;
    std::set<core::uuid> found;
    for (const auto& hit : answer->rows[0])
      found.insert(hit.id);
    for (const auto& id : living_)
      if (store::partition_of(id, partition_count) == partition && !found.contains(id))
        wrong.push_back(std::to_string(now_.count()) + " ms, node " + std::to_string(at) + ": missing");
    for (const auto& id : found)
      if (gone_.contains(id))
        wrong.push_back(std::to_string(now_.count()) + " ms, node " + std::to_string(at) + ": removed before");
  }

  std::mt19937_64 draw_;
  std::unique_ptr<store::store> store_;
  store::collection_record collection_;
  std::array<shard_node, node_count> nodes_;
  std::map<std::pair<std::uint32_t, std::size_t>, placement_state> map_;
  milliseconds now_{0};
  std::uint64_t last_event_ = 0;
  std::map<std::pair<milliseconds, std::uint64_t>, std::function<void()>> events_;
  std::set<core::uuid> living_; ///< acknowledged, and nobody began to remove them
  std::set<core::uuid> gone_;   ///< their removal was acknowledged
};

TEST(lease_simulation, what_is_called_current_contains_every_acknowledged_write) {
  std::size_t current = 0;
  std::size_t acknowledged = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    world one(seed);
    one.run(90s);
    EXPECT_TRUE(one.wrong.empty()) << "seed " << seed << ": " << one.wrong.size() << ", first " << one.wrong[0];
    current += one.current;
    acknowledged += one.acknowledged;
    if (::testing::Test::HasFailure())
      return;
  }
  EXPECT_GT(current, 100'000U);
  EXPECT_GT(acknowledged, 20'000U);
}

} // namespace
} // namespace rollcall::actors
