// A front whose pictures are analysed on other nodes: real sockets with keys, an actor system a node.
#include "actors/embedding/embedding.hpp"
#include "actors/embedding/embedding_pool.hpp"
#include "actors/peers/remote_embedding.hpp"
#include "tests/actor/peer_nodes.hpp"

namespace rollcall::actors {

namespace {

// Says how large a picture is, in its own width, and waits where it is told to.
class slow_worker {
public:
  core::result<vision::analysis> work(core::byte_view image, const std::string& model) {
    std::unique_lock lock(mutex_);
    ++started_;
    changed_.notify_all();
    changed_.wait_for(lock, patience, [this] { return !is_blocked_; });
    vision::analysis made;
    made.width_px = static_cast<int>(image.size() % 1'000'003);
    made.model_version = model;
    return made;
  }
  void block(bool is_blocked) {
    const std::lock_guard lock(mutex_);
    is_blocked_ = is_blocked;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_until_working() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return started_ > 0; });
  }
  [[nodiscard]] int started() {
    const std::lock_guard lock(mutex_);
    return started_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_blocked_ = false;
  int started_ = 0;
};

// Has one worker, which ends with the actor: after this object.
class embedder_node final : public node {
public:
  embedder_node(const shared_record& record, const std::string& name, const std::string& model)
      : node(record, name, "127.0.0.1:0") {
    const auto analyze = [worker = worker_, model](core::byte_view image, const vision::analyze_options&) {
      return worker->work(image, model);
    };
    const auto held = embedding(system_, {vision_worker{analyze}}, {}, core::null_metrics());
    keep(caf::actor_cast<caf::actor>(held));
    const auto made = peer_gate(system_, {.embedding = held}, ports());
    keep(caf::actor_cast<caf::actor>(made));
    open_gate(made);
  }
  ~embedder_node() override { worker_->block(false); }

  [[nodiscard]] slow_worker& worker() { return *worker_; }

private:
  std::shared_ptr<slow_worker> worker_ = std::make_shared<slow_worker>();
};

class asking_node final : public node {
public:
  asking_node(const shared_record& record, const std::vector<embedder_node*>& embedders)
      : node(record, "front", ""), pool_(embedding_pool(system_, {}, {}, core::null_metrics())) {
    keep(caf::actor_cast<caf::actor>(pool_));
    auto routes = std::make_shared<cluster_routes>();
    for (auto* one : embedders) {
      const auto to = one->address();
      one->peers().admit({{keys_.public_key, "front"}});
      peers_->connect(to);
      const auto proxy = remote_embedding(system_, ask_of(to.node), {"1.0"});
      keep(caf::actor_cast<caf::actor>(proxy));
      routes->embedders.emplace(to.node, proxy);
      EXPECT_TRUE(wait_until_open(to.node));
    }
    caf::anon_send(pool_, routes_message{std::move(routes)});
  }

  core::result<vision::analysis> analyze(std::size_t bytes) {
    return ask<vision::analysis>(pool_, analyze_request{{},
                                                        std::make_shared<core::bytes>(bytes),
                                                        {vision::embed_which::largest},
                                                        core::deadline::in(patience)});
  }
  std::future<core::result<vision::analysis>> analyze_later(std::size_t bytes) {
    return std::async(std::launch::async, [this, bytes] { return analyze(bytes); });
  }

private:
  embedding_pool_actor pool_;
};

class remote_embedding_test : public ::testing::Test {
protected:
  shared_record record_;
  embedder_node left_{record_, "left", "1.0"};
  embedder_node right_{record_, "right", "1.0"};
};

TEST_F(remote_embedding_test, pictures_cross_in_many_chunks_and_analyses_come_back) {
  asking_node front(record_, {&left_, &right_});
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{200'000}, std::size_t{15'000'000}}) {
    const auto got = front.analyze(bytes);
    ASSERT_TRUE(got) << got.failure().message;
    EXPECT_EQ(got->width_px, static_cast<int>(bytes % 1'000'003));
  }
}

TEST_F(remote_embedding_test, one_that_hangs_takes_no_picture_with_it) {
  asking_node front(record_, {&left_, &right_});
  left_.worker().block(true);
  right_.worker().block(true);
  std::vector<std::future<core::result<vision::analysis>>> sent;
  for (std::size_t picture = 1; picture <= 6; ++picture)
    sent.push_back(front.analyze_later(picture));
  ASSERT_TRUE(left_.worker().wait_until_working() && right_.worker().wait_until_working());
  left_.hang(); // it answers no ping any more, so that what it has is given up
  right_.worker().block(false);
  for (std::size_t picture = 1; picture <= 6; ++picture) {
    const auto got = sent[picture - 1].get();
    ASSERT_TRUE(got) << got.failure().message;
    EXPECT_EQ(got->width_px, static_cast<int>(picture));
  }
}

TEST_F(remote_embedding_test, one_with_another_model_is_not_used) {
  embedder_node other(record_, "other", "2.0");
  {
    asking_node front(record_, {&other, &left_});
    other.worker().block(false);
    for (int picture = 0; picture < 8; ++picture)
      EXPECT_TRUE(front.analyze(10));
    EXPECT_LE(other.worker().started(), 2); // it was not known before
  }
  asking_node front(record_, {&other});
  const auto refused = front.analyze(10);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, error_code::model_mismatch);
}

} // namespace

} // namespace rollcall::actors
