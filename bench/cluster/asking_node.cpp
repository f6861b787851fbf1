#include "bench/cluster/asking_node.hpp"

#include "actors/peers/remote_shard.hpp"

#include <ctime>
#include <future>
#include <stdexcept>

namespace rollcall::bench {

namespace {

caf::actor_system_config make_config() {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{2});
  return config;
}

// Asks in as many lanes as are wanted until the span is over, then ends when all have been answered.
class load_state {
public:
  static constexpr const char* name = "load";
  explicit load_state(caf::event_based_actor* self) : self_(self) {}

  void start(int outstanding, double seconds, ask_once ask, std::shared_ptr<std::promise<load_done>> to) {
    ask_ = std::move(ask);
    to_ = std::move(to);
    seconds_ = seconds;
    begin_ = std::chrono::steady_clock::now();
    running_ = outstanding;
    for (int lane = 0; lane < outstanding; ++lane)
      go_on(lane);
  }

private:
  void go_on(int lane) {
    ask_(self_, lane, [this, lane, started = std::chrono::steady_clock::now()](bool is_answered) {
      done_.ms.push_back(milliseconds_since(started));
      done_.failed += is_answered ? 0 : 1;
      if (milliseconds_since(begin_) < seconds_ * 1'000)
        return go_on(lane);
      if (--running_ > 0)
        return;
      done_.seconds = milliseconds_since(begin_) / 1'000;
      to_->set_value(std::move(done_));
    });
  }

  caf::event_based_actor* self_;
  ask_once ask_;
  std::shared_ptr<std::promise<load_done>> to_;
  double seconds_ = 0;
  std::chrono::steady_clock::time_point begin_;
  int running_ = 0;
  load_done done_;
};

void run_load(caf::stateful_actor<load_state>* self, int outstanding, double seconds, const ask_once& ask,
              const std::shared_ptr<std::promise<load_done>>& to) {
  self->state.start(outstanding, seconds, ask, to);
}

} // namespace

asking_node::asking_node(const std::vector<forked>& nodes, const std::optional<net::curve_key_pair>& keys)
    : config_(make_config()), system_(config_) {
  net::peer_settings settings;
  settings.self = {cluster_id, "front", 1};
  settings.keys = keys;
  auto all_open = std::make_shared<std::promise<void>>();
  auto missing = std::make_shared<std::atomic<std::size_t>>(nodes.size());
  auto started = net::zmq_peers::start(std::move(settings), {[](const net::call_id&, const net::peer_request&) {},
                                                             [](const net::call_id&) {},
                                                             [all_open, missing](const std::string&, bool) {
                                                               if (--*missing == 0)
                                                                 all_open->set_value();
                                                             }});
  if (!started)
    throw std::runtime_error(started.failure().message);
  peers_ = *std::move(started);
  for (const auto& one : nodes) {
    nodes_.push_back(one.where().node);
    peers_->connect(one.where());
  }
  if (all_open->get_future().wait_for(std::chrono::seconds{10}) != std::future_status::ready)
    throw std::runtime_error("a process did not open its link");
}

asking_node::~asking_node() {
  for (const auto& one : actors_)
    caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  system_.await_all_actors_done();
}

actors::peer_ask asking_node::way_to(const std::string& node) const {
  return [peers = peers_, node](std::string method, core::shared_bytes body, core::deadline until,
                                std::function<void(core::result<core::shared_bytes>)> then) {
    peers->ask(node, std::move(method), std::move(body), until, std::move(then));
  };
}

std::vector<actors::shard_actor> asking_node::shards() {
  std::vector<actors::shard_actor> all;
  for (const auto& node : nodes_)
    all.push_back(own(actors::remote_shard(system_, way_to(node), {})));
  return all;
}

load_done asking_node::run(int outstanding, double seconds, const ask_once& ask) {
  const auto done = std::make_shared<std::promise<load_done>>();
  auto made = done->get_future();
  const auto load = system_.spawn(run_load, outstanding, seconds, ask, done);
  if (made.wait_for(std::chrono::duration<double>(seconds + 60)) != std::future_status::ready)
    throw std::runtime_error("a load does not end");
  return made.get();
}

ask_once ask_coordinator(const actors::coordinator_actor& at, std::function<actors::query(int)> make) {
  return [at, make = std::move(make)](caf::event_based_actor* self, int lane, const std::function<void(bool)>& then) {
    auto one = make(lane);
    one.until = core::deadline::in(std::chrono::seconds{30});
    self->request(at, std::chrono::seconds{31}, std::move(one))
        .then([then](const actors::query_answer&) { then(true); }, [then](const caf::error&) { then(false); });
  };
}

double own_cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

} // namespace rollcall::bench
