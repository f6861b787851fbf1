// A node without a snapshot of its own fetches another's: real sockets with keys, a real PostgreSQL, real files.
#include "actors/replica/snapshot_shelf.hpp"
#include "store/postgres_membership.hpp"
#include "tests/actor/peer_nodes.hpp"

#include <fstream>

namespace rollcall::actors {
namespace {

/// A node whose SHARD holds what it is told to.
class placed_node final : public node {
public:
  placed_node(const shared_record& record, const std::string& name, std::shared_ptr<store::membership> members)
      : node(record, name, "127.0.0.1:0"), members_(std::move(members)) {
    store::node_record self;
    self.name = name;
    self.roles = static_cast<std::uint8_t>(store::node_role::shard);
    EXPECT_TRUE(members_->register_node(self, core::random_uuid(), 1s));
    start();
  }

  void start() {
    shard_settings settings;
    settings.snapshots.directory = directory();
    settings.snapshots.cluster = *members_->cluster_id();
    settings.snapshots.limits.scrub_after = 200ms;
    settings.snapshots.references_stay = references_stay;
    settings.snapshots.remember = [this](const partition_key& key, const auto& digest, const auto& kept) {
      return members_->remember_snapshot(name_, {key.first, key.second, digest}, kept);
    };
    settings.snapshots.is_known = [this](const partition_key& key, const auto& digest) {
      return members_->knows_snapshot({key.first, key.second, digest});
    };
    settings.snapshots.peers = [this](const partition_key&) { return others; };
    settings.snapshots.ask = [peers = peers_](const std::string& to, std::string what, core::shared_bytes body,
                                              core::deadline until, auto then) {
      peers->ask(to, std::move(what), std::move(body), until, std::move(then));
    };
    placed_ = placed_shard(system_, store_, settings, core::null_metrics());
    keep(caf::actor_cast<caf::actor>(placed_));
    const auto gate = peer_gate(system_, {.shard = placed_, .placed = placed_}, ports());
    keep(caf::actor_cast<caf::actor>(gate));
    open_gate(gate);
  }
  /// Ends the SHARD and starts it again, as a node's restart does.
  void restart(bool is_emptied = false) {
    caf::scoped_actor self{system_};
    self->monitor(placed_);
    caf::anon_send_exit(placed_, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {}, caf::after(patience) >> [] { FAIL() << "it does not end"; });
    if (is_emptied)
      std::filesystem::remove_all(directory());
    start();
  }

  /// Holds the partition and waits until it is loaded; where it came from.
  std::string load(const store::partition_head& what) {
    follow_request share{{{what.collection, what.partition, store::placement_state::ready, what.seq}},
                         std::chrono::steady_clock::now(),
                         1h};
    std::string from;
    const auto until = core::deadline::in(patience);
    while (!until.has_passed()) {
      EXPECT_TRUE(ask<followed>(placed_, share));
      const auto list = ask<replica_list>(placed_, replicas_request{});
      if (!list || list->replicas.size() != 1)
        return "?";
      if (list->replicas[0].state == replica_state::ready)
        return list->replicas[0].source;
      std::this_thread::yield();
    }
    return "never";
  }
  [[nodiscard]] std::filesystem::path directory() const { return scratch_.path() / "snapshots"; }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    std::error_code none;
    for (const auto& one : std::filesystem::directory_iterator(directory(), none))
      if (one.path().extension() == ".snapshot")
        found.push_back(one.path());
    return found;
  }
  [[nodiscard]] bool wait_for_file() const {
    for (const auto until = core::deadline::in(patience); !until.has_passed(); std::this_thread::yield())
      if (!files().empty())
        return true;
    return false;
  }
  [[nodiscard]] const placed_shard_actor& placed() const { return placed_; }

  std::vector<std::string> others; ///< that may be asked; set before a load
  bool references_stay = false;    ///< set before a start

private:
  test::temp_dir scratch_;
  std::shared_ptr<store::membership> members_;
  placed_shard_actor placed_;
};

class snapshot_peers_test : public ::testing::Test {
protected:
  void SetUp() override {
    writer_ = record_.open();
    collection_.key = {random_.id()};
    collection_.id = "c";
    collection_.model_version = "1.0";
    ASSERT_TRUE(writer_->create_collection(collection_, {}));
    std::vector<store::face_with_embedding> faces(3'000);
    for (auto& one : faces) {
      one.face.id = {random_.id()};
      one.face.image = {random_.id()};
      one.face.model_version = "1.0";
      one.embedding = random_.embedding(dimension);
    }
    ASSERT_TRUE(writer_->add_faces(collection_.key, faces));
    probe_ = faces[7];
    other_ = faces[1'500];
    store::postgres_settings settings;
    settings.uri = record_.uri;
    members_ = *store::open_postgres_membership(settings);
    from_ = std::make_unique<placed_node>(record_, "from", members_);
    to_ = std::make_unique<placed_node>(record_, "to", members_);
    from_->peers().admit({{to_->keys().public_key, "to"}});
    to_->peers().connect(from_->address());
    to_->others = {"from"};
    ASSERT_TRUE(to_->wait_until_open("from"));
  }
  [[nodiscard]] store::partition_head head() const { return writer_->list_heads()->at(0); }
  core::result<shard::search_answer> ask_for_probe(placed_node& at) {
    shard::search_request asked{.request = {},
                                .collection = collection_.key,
                                .partitions = {0},
                                .probes = probe_.embedding,
                                .until = core::deadline::in(patience)};
    asked.dimension = dimension;
    asked.k = 1;
    return at.ask<shard::search_answer>(at.placed(), asked);
  }
  void expect_finds_probe(placed_node& at) {
    const auto answer = ask_for_probe(at);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->rows.at(0).at(0).id, probe_.face.id.id);
    EXPECT_TRUE(answer->partitions[0].is_current);
  }

  testing::random_references random_{19};
  shared_record record_;
  std::unique_ptr<store::store> writer_;
  store::collection_record collection_;
  store::face_with_embedding probe_;
  store::face_with_embedding other_;
  std::shared_ptr<store::membership> members_;
  std::unique_ptr<placed_node> from_;
  std::unique_ptr<placed_node> to_;
};

TEST_F(snapshot_peers_test, the_store_then_another_node_then_the_own_disk) {
  EXPECT_EQ(from_->load(head()), "store");
  ASSERT_TRUE(from_->wait_for_file());
  EXPECT_EQ(to_->load(head()), "from");
  expect_finds_probe(*to_);
  ASSERT_TRUE(to_->wait_for_file());
  to_->restart();
  EXPECT_EQ(to_->load(head()), "disk");
  expect_finds_probe(*to_);
}

TEST_F(snapshot_peers_test, a_damaged_file_is_of_no_use_to_anybody) {
  EXPECT_EQ(from_->load(head()), "store");
  ASSERT_TRUE(from_->wait_for_file());
  {
    std::fstream file(from_->files().at(0), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100'000);
    file.put('x').put('y').put('z');
  }
  EXPECT_EQ(to_->load(head()), "store");
  expect_finds_probe(*to_);
}

// References lie in the file, and are read when a search comes to them.
TEST_F(snapshot_peers_test, a_file_that_is_altered_while_it_serves_is_left) {
  EXPECT_EQ(from_->load(head()), "store");
  ASSERT_TRUE(from_->wait_for_file());
  EXPECT_EQ(to_->load(head()), "from");
  ASSERT_TRUE(to_->wait_for_file());
  to_->references_stay = true;
  to_->restart();
  EXPECT_EQ(to_->load(head()), "disk");
  expect_finds_probe(*to_);
  const auto damaged = to_->files().at(0);
  {
    std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
    for (auto at = file.seekg(0, std::ios::end).tellg(); at > std::streamoff{100'000}; at -= 60)
      file.seekp(at - std::streamoff{1}).put('x');
  }
  // Those that were read before are believed, and not read again: another face is asked for.
  probe_ = other_;
  const auto seen = ask_for_probe(*to_);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->partitions[0].has_answered);
  EXPECT_TRUE(seen->rows[0].empty());
  EXPECT_EQ(to_->load(head()), "from");
  expect_finds_probe(*to_);
}

TEST_F(snapshot_peers_test, a_store_that_does_not_know_it_is_read) {
  EXPECT_EQ(from_->load(head()), "store");
  ASSERT_TRUE(from_->wait_for_file());
  test::postgres_server::shared().run(record_.uri, "DELETE FROM snapshots");
  EXPECT_EQ(to_->load(head()), "store");
  from_->restart();
  EXPECT_EQ(from_->load(head()), "store");
}

TEST(snapshot_shelf, who_reads_keeps_its_place_and_who_has_gone_makes_room) {
  snapshot_shelf shelf;
  const core::steady_time start{};
  for (std::size_t open = 0; open < snapshot_shelf::most_open; ++open)
    ASSERT_TRUE(shelf.add(nullptr, start));
  const auto later = start + snapshot_shelf::idle + std::chrono::milliseconds{1};
  EXPECT_EQ(shelf.add(nullptr, start + snapshot_shelf::idle).failure().code, error_code::overloaded);
  const auto added = shelf.add(nullptr, later); // all have gone
  ASSERT_TRUE(added);
  EXPECT_EQ(*added, snapshot_shelf::most_open + 1);
}

// More partitions than may be read at once, one after the other: what was read makes room.
TEST_F(snapshot_peers_test, a_node_takes_one_snapshot_after_the_other_from_another) {
  EXPECT_EQ(from_->load(head()), "store");
  ASSERT_TRUE(from_->wait_for_file());
  for (std::size_t time = 0; time < snapshot_shelf::most_open + 2; ++time) {
    ASSERT_EQ(to_->load(head()), "from") << time;
    to_->restart(true);
  }
}

TEST_F(snapshot_peers_test, what_nobody_may_ask_is_refused) {
  const auto read = [&](std::uint64_t ticket, std::uint32_t bytes) {
    return from_->ask<snapshot_part>(from_->placed(), snapshot_read_request{ticket, 0, bytes});
  };
  const partition_key key{collection_.key, 0};
  EXPECT_EQ(from_->ask<snapshot_opened>(from_->placed(), snapshot_open_request{key}).failure().code,
            error_code::not_found);
  EXPECT_EQ(read(1, 100).failure().code, error_code::not_found);
  EXPECT_EQ(from_->load(head()), "store");
  ASSERT_TRUE(from_->wait_for_file());
  for (std::size_t open = 1; open <= snapshot_shelf::most_open; ++open)
    ASSERT_TRUE(from_->ask<snapshot_opened>(from_->placed(), snapshot_open_request{key})) << open;
  EXPECT_EQ(from_->ask<snapshot_opened>(from_->placed(), snapshot_open_request{key}).failure().code,
            error_code::overloaded);
  EXPECT_TRUE(read(1, 4'096));
  ASSERT_TRUE(read(2, 0)); // nothing more is read: there is room
  EXPECT_EQ(read(2, 4'096).failure().code, error_code::not_found);
  EXPECT_TRUE(from_->ask<snapshot_opened>(from_->placed(), snapshot_open_request{key}));
  EXPECT_EQ(read(1, 2'000'000).failure().code, error_code::invalid_argument);
}

} // namespace
} // namespace rollcall::actors
