// Leases, pushes, tails and clocks of different rates under a seeded network and a time of the test's own: whatever a
// replica says while it calls its answers current contains every write that was acknowledged before. Nodes die and
// return with the snapshots that they had written before, or damaged ones, or none; partitions are doubled. The keeper,
// the lease watch, the split of a push and the snapshots are the real ones; the store is real, too, and its map and
// leases are those of its PostgreSQL in short.
#include "actors/storing/mutation_push.hpp"
#include "tests/actor/simulated_nodes.hpp"

namespace rollcall::actors::simulated {
namespace {

class world final : public nodes {
public:
  explicit world(std::uint64_t seed) : nodes(seed) {
    start_all();
    if (seed % 2 == 0)
      after(below(20'000), [this] { double_partitions(); });
    for (int writer = 0; writer < 3; ++writer)
      after(below(100), [this] { write(); });
    after(1, [this] { search(); });
    after(1, [this] { move(); });
  }

  std::size_t current = 0; ///< answers that said so
  std::size_t acknowledged = 0;
  std::size_t doubled = 0;    ///< times
  std::size_t loads_told = 0; ///< to the heartbeat, that are under way
  std::vector<std::string> wrong;

private:
  std::vector<float> random_embedding() {
    std::vector<float> row(dimension, 0.0F);
    row[below(dimension)] = 1;
    return row;
  }

  // -- a node's round: heartbeat, share, follow, report; each on its way for a while

  void begin_round(std::size_t at) override {
    const auto asked = clock(at);
    const auto* process = nodes_[at].process.get();
    after(travel(), [this, at, asked, process] {
      auto& node = nodes_[at];
      if (node.process.get() != process)
        return; // the name is another process's by now
      const bool is_fenced = below(8) == 0;
      if (!is_fenced)
        node.lease = {node.lease.number + 1, lease};
      const auto granted = is_fenced ? milliseconds{0} : node.lease.span;
      at_node(at, travel(), [this, at, asked, granted, process] {
        after(travel(), [this, at, asked, granted, process] {
          at_process(at, process, travel(), [this, at, asked, granted, process, share = share_of(at)] {
            process->keeper->follow({share, asked, granted}, [this, at, process](core::result<followed> done) {
              ASSERT_TRUE(done);
              for (const auto& load : done->work.loads) {
                EXPECT_NE(load.state, replica_state::ready);
                EXPECT_NE(load.source, "");
                ++loads_told;
              }
              after(travel(), [this, at, process, news = done->done] {
                if (nodes_[at].process.get() != process)
                  return;
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
    const std::pair key{random_partition(), below(node_count)};
    const auto found = map_.find(key);
    if (found == map_.end())
      map_.emplace(key, placement_state::loading);
    else if (found->second == placement_state::loading && below(4) == 0)
      map_.erase(found);
    else if (found->second != placement_state::loading && below(3) == 0)
      found->second = found->second == placement_state::ready ? placement_state::leaving : placement_state::ready;
  }

  // -- an operator doubles the partitions, and now and then thinks better of it

  void double_partitions() {
    after(below(4'000), [this] { double_partitions(); });
    using enum store::doubling_stage;
    using step = store::doubling_step;
    if (shape_.stage == none && shape_.serving.count < 8)
      take(step::begin);
    else if (shape_.stage == building && below(8) == 0)
      take(step::give_up);
    else if (shape_.stage == building && are_ready(*shape_.beside()))
      take(step::serve);
    else if (shape_.stage == leaving)
      take(step::end); // searches here take no time
  }

  void take(store::doubling_step step) {
    const auto taken = store_->take_doubling_step(collection_.id, step, shape_);
    ASSERT_TRUE(taken);
    doubled += step == store::doubling_step::end ? 1 : 0;
    if (taken->gone)
      std::erase_if(map_, [&](const auto& one) { return taken->gone->contains(one.first.first); });
    look_at_shape();
  }

  bool are_ready(const store::partition_range& range) const {
    std::set<std::uint32_t> ready;
    for (const auto& [key, state] : map_)
      if (range.contains(key.first) && state == placement_state::ready)
        ready.insert(key.first);
    return ready.size() == range.count;
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
    after(20'000, [this, now] { // the node that should acknowledge it has died
      if (!std::exchange(now->is_over, true))
        write();
    });
    after(travel(), [this, at, now, mutations] {
      held_by found;
      for (const auto& batch : mutations)
        for (const auto& [key, state] : map_)
          if (key.first == batch.partition && state != placement_state::loading)
            found.emplace_back(key, nodes_[key.second].lease);
      at_node(at, travel(), [this, at, now, mutations, found] { push(at, now, mutations, found); });
    });
  }

  /// Partitions and nodes, with the leases of these.
  using held_by = std::vector<std::pair<std::pair<std::uint32_t, std::size_t>, store::lease_mark>>;

  void push(std::size_t at, const std::shared_ptr<write_state>& now, const std::vector<core::mutation_batch>& mutations,
            const held_by& found) {
    std::vector<partition_holder> holders;
    for (const auto& [key, mark] : found) {
      const auto name = std::to_string(key.second);
      holders.push_back({{collection_.key, key.first}, name, nodes_[at].process->watch.see(name, mark, clock(at))});
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
          nodes_[to].process->keeper->apply(one.apply, [this, at, now, name = one.node] {
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
    const auto partition = random_partition();
    if (!node.process->keeper->answers({collection_.key, partition}, clock(at))
        || !node.process->keeper->is_leased(clock(at)))
      return;
    shard::search_request asked{.request = {},
                                .collection = collection_.key,
                                .partitions = {partition},
                                .probes = random_embedding(),
                                .until = core::deadline::in(1h)};
    asked.dimension = dimension;
    asked.k = 4'000;
    const auto answer = node.process->gallery.search(asked);
    ASSERT_TRUE(answer);
    if (!answer->partitions[0].is_current || !answer->partitions[0].has_answered)
      return;
    ++current;
    const auto range = *shape_.range_of(partition);
    std::set<core::uuid> found;
    for (const auto& hit : answer->rows[0])
      found.insert(hit.id);
    for (const auto& id : living_)
      if (range.number_of(id) == partition && !found.contains(id))
        wrong.push_back(std::to_string(now_.count()) + " ms, node " + std::to_string(at) + ": missing");
    if (found.size() != answer->rows[0].size())
      wrong.push_back(std::to_string(now_.count()) + " ms, node " + std::to_string(at) + ": twice");
    for (const auto& id : found)
      if (range.number_of(id) != partition)
        wrong.push_back(std::to_string(now_.count()) + " ms, node " + std::to_string(at) + ": of another partition");
    for (const auto& id : found)
      if (gone_.contains(id))
        wrong.push_back(std::to_string(now_.count()) + " ms, node " + std::to_string(at) + ": removed before");
  }

  std::set<core::uuid> living_; ///< acknowledged, and nobody began to remove them
  std::set<core::uuid> gone_;   ///< their removal was acknowledged
};

TEST(lease_simulation, what_is_called_current_contains_every_acknowledged_write) {
  std::size_t current = 0;
  std::size_t acknowledged = 0;
  std::size_t from_disk = 0;
  std::size_t from_peers = 0;
  std::size_t refused = 0;
  std::size_t doubled = 0;
  std::size_t loads_told = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    world one(seed);
    one.run(90s);
    EXPECT_TRUE(one.wrong.empty()) << "seed " << seed << ": " << one.wrong.size() << ", first " << one.wrong[0];
    from_disk += one.from_disk;
    from_peers += one.from_peers;
    refused += one.refused;
    doubled += one.doubled;
    loads_told += one.loads_told;
    current += one.current;
    acknowledged += one.acknowledged;
    if (::testing::Test::HasFailure())
      return;
  }
  EXPECT_GT(current, 100'000U);
  EXPECT_GT(acknowledged, 20'000U);
  EXPECT_GT(from_disk, 1'000U);
  EXPECT_GT(from_peers, 500U);
  EXPECT_GT(refused, 100U);
  EXPECT_GT(doubled, 50U);
  EXPECT_GT(loads_told, 100U);
  std::cout << current << " current answers, " << acknowledged << " writes, " << doubled << " doublings\n";
}

} // namespace
} // namespace rollcall::actors::simulated
