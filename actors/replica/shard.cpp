#include "actors/replica/shard.hpp"

#include "actors/handlers.hpp"
#include "actors/replica/replica_keeper.hpp"
#include "actors/replica/shard_threads.hpp"
#include "actors/reply_table.hpp"
#include "actors/retire.hpp"
#include "actors/search/placement.hpp"
#include "core/assert.hpp"

#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace rollcall::actors {

// What the SHARD actor's threads and timers send back to it.
struct search_done {
  search_outcomes outcomes;
};

struct change_done {
  std::uint64_t ticket = 0;
  core::status outcome = core::nothing{};
};

struct pause_over {
  std::uint64_t ticket = 0;
};

struct ready_timeout {
  std::uint64_t ticket = 0;
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::search_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::change_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::pause_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::ready_timeout)

namespace rollcall::actors {

namespace {

using shard_self = placed_shard_actor::extend<caf::reacts_to<search_done>, caf::reacts_to<change_done>,
                                              caf::reacts_to<pause_over>, caf::reacts_to<ready_timeout>>;

class shard_state {
public:
  static constexpr const char* name = "shard";

  explicit shard_state(shard_self::pointer self) : self_(self) {}
  ~shard_state();

  shard_self::behavior_type start(const store_actor& from, const shard_settings& settings, bool is_placed,
                                  core::metric_registry& registry);

private:
  // searches
  caf::typed_response_promise<shard::search_answer> accept(shard::search_request& request);
  [[nodiscard]] core::result<shard::found_reference> find(const shard::find_request& wanted) const;
  void begin_searches();
  void finish(search_done& done);

  // what is held
  void subscribe();
  void become_ready();
  loader_ports make_ports();
  [[nodiscard]] shard_snapshots::runner make_runner();
  std::uint64_t expect(std::function<void(core::status)> then);
  [[nodiscard]] bool run_on(core::worker_pool& pool, std::function<core::status()> what,
                            std::function<void(core::status)> then);
  void change(std::function<core::status()> what, std::function<void(core::status)> then);
  void finish(change_done& done);
  void pause(std::function<void()> then);

  template <class Reply, class Request>
  caf::typed_response_promise<Reply> give(const Request& request);

  caf::typed_response_promise<shard_status> accept(const ready_request& request);
  [[nodiscard]] shard_status status() const;
  void drain();

  shard_self::pointer self_;
  store_actor store_;
  shard_settings settings_;
  bool is_placed_ = false; ///< of a cluster
  reply_table<shard::search_answer> searches_;
  std::optional<search_batches> batches_;
  reply_table<shard_status> awaiting_ready_;
  std::uint64_t last_ticket_ = 0;
  std::map<std::uint64_t, std::function<void(core::status)>> changing_; ///< continuations by ticket
  std::map<std::uint64_t, std::function<void()>> pausing_;
  std::shared_ptr<shard_threads> threads_;
  std::optional<replica_keeper> keeper_;
};

// -- searches

caf::typed_response_promise<shard::search_answer> shard_state::accept(shard::search_request& request) {
  auto promise = self_->make_response_promise<shard::search_answer>();
  if (threads_->is_draining)
    return searches_.answer(promise, stopping());
  if (!is_placed_ && !keeper_->is_ready())
    return searches_.answer(promise, core::fail(core::error_code::not_ready, "The gallery is still loading."));
  const auto now = std::chrono::steady_clock::now();
  accepted_search accepted{0, std::move(request), {}, keeper_->is_leased(now)};
  std::erase_if(accepted.request.partitions, [&](std::uint32_t partition) {
    const bool answers = keeper_->answers({accepted.request.collection, partition}, now);
    if (!answers)
      accepted.unanswered.push_back(partition);
    return !answers;
  });
  accepted.ticket = searches_.add(promise);
  if (const auto ticket = accepted.ticket; !batches_->add(std::move(accepted))) {
    threads_->metrics.refused.add();
    searches_.settle(ticket, core::fail(core::error_code::overloaded, "Too many searches are waiting."));
  }
  begin_searches();
  return promise;
}

// A copy of one row: not worth a thread's turn.
core::result<shard::found_reference> shard_state::find(const shard::find_request& wanted) const {
  if (threads_->is_draining)
    return stopping();
  if (wanted.until.has_passed())
    return core::fail(core::error_code::deadline_exceeded, "The deadline passed.");
  const auto now = std::chrono::steady_clock::now();
  if ((!is_placed_ && !keeper_->is_ready()) || !keeper_->answers({wanted.collection, wanted.partition}, now))
    return core::fail(core::error_code::not_ready, "The gallery is still loading.");
  auto found = threads_->gallery.find(wanted.collection, wanted.partition, wanted.kind, wanted.id);
  if (found)
    found->is_current &= keeper_->is_leased(now);
  return found;
}

void shard_state::begin_searches() {
  auto home = caf::actor_cast<caf::actor>(self_);
  for (auto batch = batches_->next(); !batch.empty(); batch = batches_->next()) {
    threads_->metrics.together.observe(static_cast<double>(batch.size()));
    const auto is_posted =
        threads_->searchers.post([threads = threads_.get(), home, work = std::move(batch)](std::size_t) {
          caf::anon_send(home, search_done{threads->search(work)});
        });
    ROLLCALL_ASSERT(is_posted); // as many as there are threads
  }
  threads_->metrics.outstanding.set(static_cast<double>(searches_.size()));
}

void shard_state::finish(search_done& done) {
  for (auto& [ticket, outcome] : done.outcomes)
    searches_.settle(ticket, std::move(outcome));
  batches_->finish();
  if (threads_->gallery.met_damage())
    keeper_->reload_damaged();
  begin_searches();
  if (threads_->is_draining && searches_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

// -- what is held

void shard_state::subscribe() {
  self_
      ->request(store_, settings_.read_timeout,
                subscribe_request{shard_actor{self_}, settings_.index, settings_.shards})
      .then(
          [this](subscribed) {
            keeper_->hold_all(
                [this](std::uint32_t partition) { return shard_of(partition, settings_.shards) == settings_.index; });
          },
          [this](caf::error& failed) {
            core::log(core::log_level::failure, "shard", "the store refuses the subscription",
                      {{"error", to_core(failed).message}});
            pause([this] { subscribe(); });
          });
}

void shard_state::become_ready() {
  const auto size = threads_->gallery.size();
  core::log(core::log_level::note, "shard", "ready",
            {{"index", std::to_string(settings_.index)},
             {"partitions", std::to_string(size.partitions)},
             {"references", std::to_string(size.references)}});
  awaiting_ready_.settle_all(status());
}

std::uint64_t shard_state::expect(std::function<void(core::status)> then) {
  changing_.emplace(++last_ticket_, std::move(then));
  return last_ticket_;
}

// Where the pool takes no more, what is sent back says so.
bool shard_state::run_on(core::worker_pool& pool, std::function<core::status()> what,
                         std::function<void(core::status)> then) {
  const auto ticket = expect(std::move(then));
  auto home = caf::actor_cast<caf::actor>(self_);
  if (pool.post([home, ticket, work = std::move(what)](std::size_t) {
        caf::anon_send(home, change_done{ticket, shard_threads::run_guarded(work)});
      }))
    return true;
  caf::anon_send(home, change_done{ticket, core::fail(core::error_code::overloaded, "Too much waits for the disk.")});
  return false;
}

void shard_state::change(std::function<core::status()> what, std::function<void(core::status)> then) {
  const auto is_posted = run_on(
      threads_->changer, [threads = threads_.get(), work = std::move(what)] { return threads->run(work); },
      std::move(then));
  ROLLCALL_ASSERT(is_posted); // the keeper has a few changes under way, never more
}

void shard_state::finish(change_done& done) {
  if (threads_->gallery.met_damage())
    keeper_->reload_damaged();
  auto found = changing_.extract(done.ticket);
  if (!found.empty())
    found.mapped()(std::move(done.outcome));
}

void shard_state::pause(std::function<void()> then) {
  const auto ticket = ++last_ticket_;
  pausing_.emplace(ticket, std::move(then));
  self_->delayed_send(self_, settings_.retry, pause_over{ticket});
}

shard_snapshots::runner shard_state::make_runner() {
  return {
      [this](auto& pool, auto work, auto then) { static_cast<void>(run_on(pool, std::move(work), std::move(then))); },
      [this](auto then) -> std::function<void(core::status)> {
        return [home = caf::actor_cast<caf::actor>(self_), ticket = expect(std::move(then))](core::status outcome) {
          caf::anon_send(home, change_done{ticket, std::move(outcome)});
        };
      }};
}

loader_ports shard_state::make_ports() {
  loader_ports made{
      [this](loader_ports::read_function what, std::function<void(core::result<std::any>)> then) {
        self_
            ->request(store_, settings_.read_timeout,
                      store_read{std::move(what), core::deadline::in(settings_.read_timeout)})
            .then([then](store_reply& reply) { then(std::move(reply.value)); },
                  [then](caf::error& failed) { then(to_core(failed)); });
      },
      [this](std::function<core::status()> what, std::function<void(core::status)> then) {
        change(std::move(what), std::move(then));
      },
      [this](std::function<void()> then) { pause(std::move(then)); },
  };
  if (threads_->snapshots)
    made.snapshots = threads_->snapshots->ports(make_runner());
  return made;
}

// What another node asks of a snapshot.
template <class Reply, class Request>
caf::typed_response_promise<Reply> shard_state::give(const Request& request) {
  auto promise = self_->make_response_promise<Reply>();
  const auto then = [promise](core::result<Reply> done) { reply_table<Reply>::answer(promise, std::move(done)); };
  if (!threads_->snapshots)
    then(core::fail(core::error_code::not_found, "This node keeps no snapshots."));
  else if constexpr (std::is_same_v<Request, snapshot_open_request>)
    threads_->snapshots->open(make_runner(), request, then);
  else
    threads_->snapshots->read(make_runner(), request, then);
  return promise;
}

// -- the actor

shard_state::~shard_state() {
  if (!threads_)
    return;
  threads_->is_draining = true;
  if (!searches_.empty() || !changing_.empty() || threads_->snapshots)
    retire(self_->system(), std::move(threads_)); // killed, or stopped while it changed; or a snapshot is written yet
}

shard_status shard_state::status() const {
  const auto size = threads_->gallery.size();
  return {keeper_->is_ready(), size.partitions, size.references, size.memory};
}

caf::typed_response_promise<shard_status> shard_state::accept(const ready_request& request) {
  auto promise = self_->make_response_promise<shard_status>();
  if (keeper_->is_ready())
    return awaiting_ready_.answer(promise, status());
  self_->delayed_send(self_, request.until.left(), ready_timeout{awaiting_ready_.add(promise)});
  return promise;
}

void shard_state::drain() {
  threads_->is_draining = true;
  awaiting_ready_.settle_all(stopping());
  if (searches_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

shard_self::behavior_type shard_state::start(const store_actor& from, const shard_settings& settings, bool is_placed,
                                             core::metric_registry& registry) {
  install_handlers(self_, "shard");
  self_->set_exit_handler([this](caf::exit_msg&) { drain(); });
  store_ = from;
  settings_ = settings;
  threads_ = std::make_shared<shard_threads>(settings, registry);
  if (settings.memory)
    settings.memory->count([held = std::weak_ptr{threads_}]() -> std::uint64_t {
      const auto threads = held.lock();
      return threads ? threads->gallery.size().memory.total() : 0;
    });
  batches_.emplace(settings.workers, settings.queue);
  is_placed_ = is_placed;
  keeper_.emplace(threads_->gallery, threads_->metrics, make_ports(),
                  keeper_settings{!is_placed, settings.page, settings.grace}, [this] { become_ready(); });
  if (!is_placed)
    subscribe();
  return {
      [this](shard::search_request& request) { return accept(request); },
      [this](const shard::find_request& wanted) {
        return reply_table<shard::found_reference>::answer(self_->make_response_promise<shard::found_reference>(),
                                                           find(wanted));
      },
      [this](apply_request& request) {
        auto promise = self_->make_response_promise<applied>();
        keeper_->apply(std::move(request), [promise]() mutable { promise.deliver(applied{}); });
        return promise;
      },
      [this](const drop_request& request) {
        auto promise = self_->make_response_promise<applied>();
        keeper_->drop(request, [promise]() mutable { promise.deliver(applied{}); });
        return promise;
      },
      [this](const status_request&) { return status(); },
      [this](const ready_request& request) { return accept(request); },
      [this](follow_request& request) {
        auto promise = self_->make_response_promise<followed>();
        keeper_->follow(std::move(request), [promise](core::result<followed> done) {
          reply_table<followed>::answer(promise, std::move(done));
        });
        return promise;
      },
      [this](const replicas_request&) { return replica_list{keeper_->list()}; },
      [this](const snapshot_open_request& request) { return give<snapshot_opened>(request); },
      [this](const snapshot_read_request& request) { return give<snapshot_part>(request); },
      [this](search_done& done) { finish(done); },
      [this](change_done& done) { finish(done); },
      [this](const pause_over& over) {
        if (auto found = pausing_.extract(over.ticket); !found.empty())
          found.mapped()();
      },
      [this](const ready_timeout& late) {
        awaiting_ready_.settle(late.ticket,
                               core::fail(core::error_code::deadline_exceeded, "The gallery is still loading."));
      },
  };
}

shard_self::behavior_type run_shard(shard_self::stateful_pointer<shard_state> self, const store_actor& from,
                                    const shard_settings& settings, bool is_placed, core::metric_registry* metrics) {
  return self->state.start(from, settings, is_placed, *metrics);
}

placed_shard_actor spawn(caf::actor_system& system, store_actor from, const shard_settings& settings, bool is_placed,
                         core::metric_registry& metrics) {
  ROLLCALL_ASSERT(settings.shards >= 1 && settings.index < settings.shards);
  ROLLCALL_ASSERT(settings.workers >= 1 && settings.queue >= 1 && settings.page >= 1);
  return system.spawn(run_shard, std::move(from), settings, is_placed, &metrics);
}

} // namespace

shard_actor shard(caf::actor_system& system, store_actor from, shard_settings settings,
                  core::metric_registry& metrics) {
  return spawn(system, std::move(from), settings, false, metrics);
}

placed_shard_actor placed_shard(caf::actor_system& system, store_actor from, shard_settings settings,
                                core::metric_registry& metrics) {
  return spawn(system, std::move(from), settings, true, metrics);
}

} // namespace rollcall::actors
