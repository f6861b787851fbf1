// The pools of a node: bounded queues, deadlines, deaths, the decision log, and the way down.
#include "tests/actor/node_fixture.hpp"

#include "store/sqlite_store.hpp"

#include "tests/support/process.hpp"

#include <atomic>
#include <latch>
#include <semaphore>
#include <thread>

namespace rollcall::testing {
namespace {

using actors::analyze_request;
using actors::embedding_status;
using actors::store_read;
using actors::store_reply;
using actors::store_write;
using std::chrono::milliseconds;

// Work that stands still until the test lets it go on, and tells when it has begun.
class gate {
public:
  void pass() {
    ++begun_;
    begun_.notify_all();
    open_.acquire();
  }
  void wait_begun(int count) {
    for (auto now = begun_.load(); now < count; now = begun_.load())
      begun_.wait(now);
  }
  void let(int count) { open_.release(count); }
  [[nodiscard]] int begun() const { return begun_; }

private:
  std::atomic<int> begun_{0};
  std::counting_semaphore<> open_{0};
};

class node_pools : public node_fixture {
protected:
  void TearDown() override {
    gate_.let(1'000); // a failed test must not leave work behind
    node_fixture::TearDown();
  }

  // Analyzers that pass the gate, one per worker; the width says which worker it was.
  void make_analyzers(int count) {
    for (int worker = 0; worker < count; ++worker)
      workers_.push_back(
          {[this, worker](core::byte_view, const vision::analyze_options&) -> core::result<vision::analysis> {
            gate_.pass();
            vision::analysis made;
            made.width_px = worker;
            return made;
          }});
  }

  static analyze_request make_picture(milliseconds span = patience) {
    return {{}, std::make_shared<core::bytes>(3), {}, core::deadline::in(span)};
  }

  auto analyze_later(milliseconds span = patience) {
    return ask_later<vision::analysis>(node_->embedding(), make_picture(span));
  }

  store_read make_read(milliseconds span = patience) {
    return {[this](store::store& from) -> std::any {
              gate_.pass();
              return from.list_heads();
            },
            core::deadline::in(span)};
  }

  store_write make_write(milliseconds span = patience) {
    return {[this](store::store&) {
              gate_.pass();
              return write_outcome{};
            },
            core::deadline::in(span)};
  }

  static error_code code_of(const auto& failed) {
    return failed.has_value() ? error_code::already_exists : failed.failure().code;
  }

  // Waits until `count` of the answers are there.
  static bool wait_ready(auto& sent, std::ptrdiff_t count) {
    const auto until = core::deadline::in(patience);
    const auto is_ready = [](auto& one) { return one.wait_for(0s) == std::future_status::ready; };
    while (std::count_if(sent.begin(), sent.end(), is_ready) < count && !until.has_passed())
      std::this_thread::yield();
    return std::count_if(sent.begin(), sent.end(), is_ready) == count;
  }

  gate gate_;
};

// -- EMBEDDING

TEST_F(node_pools, a_full_embedding_queue_refuses) {
  make_analyzers(1);
  actors::node_settings settings;
  settings.embedding.queue = 2;
  start(nullptr, settings);
  auto running = analyze_later();
  gate_.wait_begun(1);
  std::vector<std::future<core::result<vision::analysis>>> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.push_back(analyze_later());
  ASSERT_TRUE(wait_ready(waiting, 1)); // the queue holds two: one is refused while the worker stands still
  gate_.let(3);
  int refused = 0;
  for (auto& picture : waiting)
    if (const auto answer = picture.get(); !answer) {
      EXPECT_EQ(answer.failure().code, error_code::overloaded);
      ++refused;
    }
  EXPECT_TRUE(running.get());
  EXPECT_EQ(refused, 1);
}

TEST_F(node_pools, a_picture_that_waited_too_long_is_not_started) {
  make_analyzers(1);
  start();
  auto running = analyze_later();
  gate_.wait_begun(1);
  const auto late = ask<vision::analysis>(node_->embedding(), make_picture(30ms));
  EXPECT_EQ(code_of(late), error_code::deadline_exceeded);
  gate_.let(1);
  EXPECT_TRUE(running.get());
  auto next = analyze_later();
  gate_.let(1);
  EXPECT_TRUE(next.get());
  EXPECT_EQ(gate_.begun(), 2);
}

TEST_F(node_pools, workers_run_side_by_side_each_with_its_own_analyzer) {
  make_analyzers(3);
  start();
  std::vector<std::future<core::result<vision::analysis>>> pictures;
  for (int i = 0; i < 3; ++i)
    pictures.push_back(analyze_later());
  gate_.wait_begun(3); // would not be reached by fewer threads
  gate_.let(3);
  int workers = 0;
  for (auto& picture : pictures)
    workers |= 1 << picture.get()->width_px;
  EXPECT_EQ(workers, 7);
}

TEST_F(node_pools, a_killed_embedding_actor_hands_its_pictures_to_another) {
  make_analyzers(2);
  actors::node_settings settings;
  settings.embedders = 2;
  start(nullptr, settings);
  auto first = analyze_later();
  gate_.wait_begun(1);
  caf::anon_send_exit(node_->embedders()[0], caf::exit_reason::kill);
  gate_.wait_begun(2); // the second actor has begun with it, while the first still works on it
  gate_.let(2);
  const auto answer = first.get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->width_px, 1);
}

TEST_F(node_pools, what_an_analyzer_throws_is_an_error_of_that_picture) {
  workers_.push_back({[this](core::byte_view, const vision::analyze_options&) -> core::result<vision::analysis> {
    if (gate_.begun() == 0) {
      gate_.pass();
      throw std::runtime_error("networks fell over");
    }
    return core::fail(error_code::invalid_image_format, "not a picture");
  }});
  start();
  gate_.let(1);
  const auto thrown = ask<vision::analysis>(node_->embedding(), make_picture());
  EXPECT_EQ(code_of(thrown), error_code::internal);
  const auto refused = ask<vision::analysis>(node_->embedding(), make_picture());
  EXPECT_EQ(code_of(refused), error_code::invalid_image_format);
}

// -- STORE

TEST_F(node_pools, full_read_and_write_queues_refuse) {
  actors::node_settings settings;
  settings.shards = 1;
  settings.store.readers = 1;
  settings.store.read_queue = 1;
  settings.store.write_queue = 2;
  start(nullptr, settings);
  auto reading = ask_later<store_reply>(node_->store(), make_read());
  auto writing = ask_later<store_reply>(node_->store(), make_write());
  gate_.wait_begun(2);
  std::vector<std::future<core::result<store_reply>>> reads;
  std::vector<std::future<core::result<store_reply>>> writes;
  for (int i = 0; i < 3; ++i) {
    reads.push_back(ask_later<store_reply>(node_->store(), make_read()));
    writes.push_back(ask_later<store_reply>(node_->store(), make_write()));
  }
  // With the thread busy and room for one, two of three are refused before anything goes on.
  EXPECT_TRUE(wait_ready(reads, 2));
  EXPECT_TRUE(wait_ready(writes, 2));
  gate_.let(4);
  EXPECT_TRUE(reading.get());
  EXPECT_TRUE(writing.get());
  for (auto* sent : {&reads, &writes})
    for (auto& one : *sent) {
      const auto answer = one.get();
      EXPECT_TRUE(answer || answer.failure().code == error_code::overloaded);
    }
  EXPECT_EQ(gate_.begun(), 4);
}

TEST_F(node_pools, the_store_tells_its_load_while_all_its_threads_wait) {
  actors::node_settings settings;
  settings.store.readers = 1;
  start(nullptr, settings);
  auto reading = ask_later<store_reply>(node_->store(), make_read());
  auto writing = ask_later<store_reply>(node_->store(), make_write());
  gate_.wait_begun(2);
  const auto status = ask<actors::store_status>(node_->store(), actors::status_request{});
  ASSERT_TRUE(status);
  EXPECT_EQ(status->reads, 1U);
  EXPECT_EQ(status->writes, 1U);
  EXPECT_EQ(status->decisions, 0U);
  gate_.let(2);
  EXPECT_TRUE(reading.get());
  EXPECT_TRUE(writing.get());
}

TEST_F(node_pools, a_write_that_waited_too_long_is_not_begun) {
  start();
  auto running = ask_later<store_reply>(node_->store(), make_write());
  gate_.wait_begun(1);
  auto late = ask_later<store_reply>(node_->store(), make_write(1ms));
  std::this_thread::sleep_until(core::deadline::in(2ms).at()); // so that its deadline has passed: it is time itself
  gate_.let(2);
  EXPECT_TRUE(running.get());
  EXPECT_EQ(code_of(late.get()), error_code::deadline_exceeded);
  EXPECT_EQ(gate_.begun(), 1);
}

TEST_F(node_pools, a_write_that_throws_has_an_unknown_outcome) {
  start();
  const auto thrown = ask<store_reply>(
      node_->store(), store_write{[](store::store&) -> write_outcome { throw std::runtime_error("driver"); },
                                  core::deadline::in(patience)});
  EXPECT_EQ(code_of(thrown), error_code::outcome_unknown);
  EXPECT_TRUE(
      ask<store_reply>(node_->store(), store_read{[](store::store& from) -> std::any { return from.list_heads(); },
                                                  core::deadline::in(patience)}));
}

TEST_F(node_pools, another_number_of_shards_may_not_subscribe) {
  start(); // two
  const auto refused = ask<actors::subscribed>(node_->store(), actors::subscribe_request{node_->shards()[0], 0, 3});
  EXPECT_EQ(code_of(refused), error_code::invalid_argument);
}

// -- decisions

class node_decisions : public node_pools {
protected:
  static actors::log_decision make_decision(const std::string& operation, bool wait) {
    actors::log_decision made;
    made.entry.request = {core::random_uuid()};
    made.entry.operation = operation;
    made.wait = wait;
    return made;
  }
};

TEST_F(node_decisions, are_stored_in_the_order_of_arrival) {
  start();
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(ask<actors::logged>(node_->store(), make_decision(std::to_string(i), i % 100 == 99)));
  const auto listed = store_->list_decisions({}, std::nullopt, 1'000);
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->rows.size(), 500U); // the last one waited, so all before it are there
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(listed->rows[static_cast<std::size_t>(i)].operation, std::to_string(499 - i));
}

// -- the way down

TEST_F(node_decisions, stop_commits_what_was_accepted_and_a_restart_finds_all) {
  const test::temp_dir directory;
  auto opened = store::open_sqlite_store(directory.path());
  ASSERT_TRUE(opened) << opened.failure().message;
  start(*std::move(opened));
  const auto collection = create_collection("people");
  const auto face = make_face();
  ASSERT_TRUE(add(collection.key, {face}));
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(ask<actors::logged>(node_->store(), make_decision("search", false)));
  ASSERT_TRUE(node_->stop(patience));
  node_.reset();

  opened = store::open_sqlite_store(directory.path());
  ASSERT_TRUE(opened) << opened.failure().message; // the first store was closed
  start(*std::move(opened));
  EXPECT_EQ(store_->list_decisions({}, std::nullopt, 1'000)->rows.size(), 200U);
  EXPECT_TRUE(is_found(collection, face));
}

TEST_F(node_decisions, on_a_full_disk_who_waits_is_told_and_the_rest_is_kept_up_to_the_backlog) {
  const test::temp_dir directory;
  store::sqlite_settings small;
  small.max_database_pages = 100;
  auto opened = store::open_sqlite_store(directory.path(), small);
  ASSERT_TRUE(opened) << opened.failure().message;
  actors::node_settings settings;
  settings.store.decision_backlog = 3;
  start(*std::move(opened), settings);
  auto big = make_decision("search", true);
  big.entry.purpose.assign(20'000, 'x');
  core::result<actors::logged> answer = actors::logged{};
  for (int i = 0; i < 200 && answer; ++i) {
    big.entry.request = {core::random_uuid()};
    answer = ask<actors::logged>(node_->store(), big);
  }
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.failure().code, error_code::storage_full);
  big.wait = false;
  for (int i = 0; i < 4; ++i) {
    big.entry.request = {core::random_uuid()};
    answer = ask<actors::logged>(node_->store(), big);
    EXPECT_EQ(answer.has_value(), i < 3) << i;
  }
  EXPECT_EQ(answer.failure().code, error_code::overloaded);
}

TEST_F(node_pools, stop_finishes_what_runs_and_turns_away_what_waits) {
  make_analyzers(1);
  start();
  auto running = analyze_later();
  gate_.wait_begun(1);
  auto waiting = analyze_later();
  while (ask<embedding_status>(node_->embedding(), actors::status_request{})->outstanding < 2)
    std::this_thread::yield();
  EXPECT_FALSE(node_->stop(50ms)); // the analyzer stands still
  gate_.let(1);
  EXPECT_TRUE(running.get());
  EXPECT_EQ(code_of(waiting.get()), error_code::unavailable);
  EXPECT_TRUE(node_->stop(patience));
  EXPECT_EQ(gate_.begun(), 1);
}

TEST_F(node_pools, after_stop_requests_are_unavailable) {
  start();
  const auto embedding = node_->embedding();
  const auto store = node_->store();
  const auto coordinator = node_->coordinator();
  ASSERT_TRUE(node_->stop(patience));
  EXPECT_EQ(code_of(ask<vision::analysis>(embedding, make_picture())), error_code::unavailable);
  EXPECT_EQ(code_of(ask<store_reply>(store, make_read())), error_code::unavailable);
  EXPECT_EQ(code_of(ask<actors::shard_status>(coordinator, actors::status_request{})), error_code::unavailable);
  EXPECT_TRUE(node_->stop(0ms));
}

TEST_F(node_pools, refuses_settings_out_of_range) {
  const auto refuse = [](auto change) {
    actors::node_settings settings;
    change(settings);
    const auto started = actors::node_actors::start(
        settings, {{[](core::byte_view, const vision::analyze_options&) -> core::result<vision::analysis> {
          return vision::analysis{};
        }}},
        store::make_memory_store(), core::null_metrics());
    EXPECT_EQ(code_of(started), error_code::invalid_config);
  };
  refuse([](auto& settings) { settings.shards = 0; });
  refuse([](auto& settings) { settings.embedders = 2; }); // more than analyzers
  refuse([](auto& settings) { settings.store.write_queue = 0; });
  refuse([](auto& settings) { settings.shard.workers = 257; });
  EXPECT_FALSE(actors::node_actors::start({}, {}, store::make_memory_store(), core::null_metrics()));
  EXPECT_FALSE(actors::node_actors::start({}, workers_, nullptr, core::null_metrics()));
}

} // namespace
} // namespace rollcall::testing
