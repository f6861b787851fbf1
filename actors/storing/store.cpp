#include "actors/storing/store.hpp"

#include "actors/handlers.hpp"
#include "actors/reply_table.hpp"
#include "actors/retire.hpp"
#include "actors/storing/decision_writer.hpp"
#include "actors/storing/mutation_push.hpp"
#include "actors/storing/node_fences.hpp"
#include "actors/storing/store_events.hpp"
#include "actors/storing/store_threads.hpp"
#include "core/assert.hpp"

#include <optional>
#include <utility>

namespace rollcall::actors {

namespace {

using store_self =
    store_actor::extend<caf::reacts_to<read_done>, caf::reacts_to<write_done>, caf::reacts_to<commit_done>,
                        caf::reacts_to<commit_retry>, caf::reacts_to<lease_over>>;

// A committed write whose mutations are on their way to the shards.
struct pushed_write {
  std::any value;
  core::steady_time committed;
};

class store_state {
public:
  static constexpr const char* name = "store";

  explicit store_state(store_self::pointer self) : self_(self) {}
  ~store_state();

  store_self::behavior_type start(std::shared_ptr<store::store> owned, store_settings settings,
                                  core::metric_registry& registry);

private:
  caf::typed_response_promise<store_reply> accept(store_read& request);
  caf::typed_response_promise<store_reply> accept(store_write& request);
  caf::typed_response_promise<logged> accept(log_decision& request);
  caf::typed_response_promise<subscribed> accept(subscribe_request& request);

  void finish(read_done& done);
  void finish(write_done& done);

  void push(std::uint64_t ticket, committed_write& done);
  void push_to_subscribers(std::uint64_t ticket, write_outcome& outcome);
  void push_to_holders(std::uint64_t ticket, const committed_write& done);
  [[nodiscard]] std::uint32_t slot_of(const std::string& node);
  void end_lease(const lease_over& over);
  template <class Message>
  void push_one(std::uint64_t ticket, std::uint32_t index, Message message);
  void confirm(std::uint64_t ticket, std::uint32_t index, bool is_known);
  void acknowledge(std::uint64_t ticket);
  void lose_shard(const caf::actor_addr& gone);

  void commit_decisions();
  void retry_later();
  void finish(commit_done& done);

  void show_load();
  void drain();
  void quit_when_idle();

  store_self::pointer self_;
  store_settings settings_;
  reply_table<store_reply> reads_;
  reply_table<store_reply> writes_;
  std::map<std::uint64_t, pushed_write> pushed_; ///< by ticket of `writes_`
  confirmations confirmations_;
  std::vector<shard_actor> subscribers_; ///< by index; null where none serves
  std::shared_ptr<const cluster_routes> routes_ = std::make_shared<const cluster_routes>(); ///< of a cluster
  std::map<std::string, std::uint32_t> slots_; ///< of its nodes, as indexes of confirmations
  reply_table<logged> loggers_;
  std::optional<decision_writer> decisions_;
  bool is_pausing_ = false; ///< after a commit that failed
  bool is_retry_due_ = false;
  std::shared_ptr<store_threads> threads_;
  std::optional<node_fences> fences_;
};

// -- reads and writes

caf::typed_response_promise<store_reply> store_state::accept(store_read& request) {
  auto promise = self_->make_response_promise<store_reply>();
  if (threads_->is_draining())
    return reads_.answer(promise, stopping());
  const auto ticket = reads_.add(promise);
  auto home = caf::actor_cast<caf::actor>(self_);
  auto* threads = threads_.get();
  if (!threads->readers.post([threads, home, ticket, work = std::move(request)](std::size_t) {
        caf::anon_send(home, read_done{ticket, threads->run(work)});
      })) {
    threads_->metrics.refused_reads.add();
    reads_.settle(ticket, core::fail(core::error_code::overloaded, "Too many reads are waiting."));
  }
  show_load();
  return promise;
}

caf::typed_response_promise<store_reply> store_state::accept(store_write& request) {
  auto promise = self_->make_response_promise<store_reply>();
  if (threads_->is_draining())
    return writes_.answer(promise, stopping());
  if (writes_.size() >= settings_.write_queue) {
    threads_->metrics.refused_writes.add();
    return writes_.answer(promise, core::fail(core::error_code::overloaded, "Too many writes are waiting."));
  }
  const auto ticket = writes_.add(promise);
  auto home = caf::actor_cast<caf::actor>(self_);
  auto* threads = threads_.get();
  const auto is_posted = threads->writer.post([threads, home, ticket, work = std::move(request)](std::size_t) {
    caf::anon_send(home, write_done{ticket, threads->run(work)});
  });
  ROLLCALL_ASSERT(is_posted); // the pool's queue holds as many as the table
  show_load();
  return promise;
}

void store_state::finish(read_done& done) {
  reads_.settle(done.ticket, std::move(done.outcome));
  show_load();
  quit_when_idle();
}

void store_state::finish(write_done& done) {
  if (done.outcome)
    push(done.ticket, *done.outcome);
  else
    writes_.settle(done.ticket, std::move(done.outcome).failure());
  show_load();
  quit_when_idle();
}

// -- the shards

void store_state::push(std::uint64_t ticket, committed_write& done) {
  pushed_.emplace(ticket, pushed_write{std::move(done.outcome.value), std::chrono::steady_clock::now()});
  if (settings_.holders)
    push_to_holders(ticket, done);
  else
    push_to_subscribers(ticket, done.outcome);
  if (!confirmations_.is_waiting(ticket))
    acknowledge(ticket);
}

// One thread writes and this actor alone pushes, so every SHARD actor receives the mutations in commit order.
void store_state::push_to_subscribers(std::uint64_t ticket, write_outcome& outcome) {
  const auto shards = static_cast<std::uint32_t>(subscribers_.size());
  if (shards == 0)
    return;
  for (auto& one : split_by_shard(std::move(outcome.mutations), outcome.dropped, shards)) {
    if (!subscribers_[one.index])
      continue; // serves nobody; will read from the store when it is back
    if (!one.apply.batches.empty())
      push_one(ticket, one.index, std::move(one.apply));
    for (auto& drop : one.drops)
      push_one(ticket, one.index, drop);
  }
}

void store_state::push_to_holders(std::uint64_t ticket, const committed_write& done) {
  for (const auto& drop : done.outcome.dropped) {
    if (drop.only)
      continue; // the map says so
    for (const auto& [node, held] : routes_->shards)
      self_->request(held, settings_.apply_timeout, drop)
          .then([](applied) {}, [](const caf::error&) {}); // else its map says so
  }
  for (auto& push : split_by_holder(done.outcome.mutations, done.holders)) {
    const auto slot = slot_of(push.node);
    const auto left = done.told + push.lease - std::chrono::steady_clock::now();
    if (left.count() > 0) {
      confirmations_.expect(ticket, slot);
      self_->delayed_send(self_, left, lease_over{ticket, slot, push.node, push.lease_number});
    }
    if (const auto found = routes_->shards.find(push.node); found != routes_->shards.end())
      self_->request(found->second, settings_.apply_timeout, std::move(push.apply))
          .then(
              [this, ticket, slot, node = push.node](applied) {
                fences_->end(node);
                confirm(ticket, slot, true);
              },
              [this, is_lapsed = left.count() <= 0, node = push.node, lease = push.lease_number](const caf::error&) {
                if (is_lapsed) // else it might answer without the write until its lease is over
                  fences_->begin(node, lease);
              });
  }
}

void store_state::end_lease(const lease_over& over) {
  if (confirmations_.is_missing(over.ticket, over.index))
    fences_->begin(over.node, over.lease);
  confirm(over.ticket, over.index, true);
}

std::uint32_t store_state::slot_of(const std::string& node) {
  return slots_.emplace(node, static_cast<std::uint32_t>(slots_.size())).first->second;
}

template <class Message>
void store_state::push_one(std::uint64_t ticket, std::uint32_t index, Message message) {
  confirmations_.expect(ticket, index);
  self_->request(subscribers_[index], settings_.apply_timeout, std::move(message))
      .then([this, ticket, index](applied) { confirm(ticket, index, true); },
            [this, ticket, index](caf::error& failed) {
              // A dead SHARD actor answers nobody, so nothing stale can come from it.
              confirm(ticket, index, failed == caf::sec::request_receiver_down);
            });
}

void store_state::confirm(std::uint64_t ticket, std::uint32_t index, bool is_known) {
  if (confirmations_.confirm(ticket, index, is_known))
    acknowledge(ticket);
}

void store_state::acknowledge(std::uint64_t ticket) {
  const auto found = pushed_.find(ticket);
  auto done = std::move(found->second);
  pushed_.erase(found);
  threads_->metrics.apply.observe(core::seconds_since(done.committed));
  if (confirmations_.take(ticket)) {
    writes_.settle(ticket, store_reply{std::move(done.value)});
  } else {
    threads_->metrics.unconfirmed.add();
    writes_.settle(ticket, core::fail(core::error_code::outcome_unknown,
                                      "The write is stored, but a shard did not confirm it in time."));
  }
  show_load();
  quit_when_idle();
}

caf::typed_response_promise<subscribed> store_state::accept(subscribe_request& request) {
  auto promise = self_->make_response_promise<subscribed>();
  if (request.index >= request.shards || !request.shard
      || (!subscribers_.empty() && subscribers_.size() != request.shards)) {
    promise.deliver(to_caf(core::fail(core::error_code::invalid_argument, "The shard's place does not exist.")));
    return promise;
  }
  subscribers_.resize(request.shards);
  subscribers_[request.index] = request.shard;
  self_->monitor(request.shard);
  promise.deliver(subscribed{});
  return promise;
}

void store_state::lose_shard(const caf::actor_addr& gone) {
  for (std::uint32_t index = 0; index < subscribers_.size(); ++index) {
    if (!subscribers_[index] || subscribers_[index].address() != gone)
      continue;
    subscribers_[index] = nullptr;
    for (const auto ticket : confirmations_.forget_shard(index))
      acknowledge(ticket);
  }
}

// -- decisions

caf::typed_response_promise<logged> store_state::accept(log_decision& request) {
  auto promise = self_->make_response_promise<logged>();
  if (threads_->is_draining())
    return loggers_.answer(promise, stopping());
  const auto waiter = request.wait ? std::optional{loggers_.add(promise)} : std::nullopt;
  auto added = decisions_->add(std::move(request.entry), waiter);
  if (!added) {
    threads_->metrics.refused_decisions.add();
    if (!waiter)
      return loggers_.answer(promise, std::move(added).failure());
    loggers_.settle(*waiter, std::move(added).failure());
  } else if (!waiter) {
    promise.deliver(logged{});
  }
  commit_decisions();
  return promise;
}

void store_state::commit_decisions() {
  show_load();
  if (is_pausing_)
    return;
  auto batch = decisions_->begin(!threads_->is_draining() && threads_->spooled() > 0);
  if (!batch)
    return;
  auto home = caf::actor_cast<caf::actor>(self_);
  auto* threads = threads_.get();
  const auto is_posted = threads->decisions.post([threads, home, work = *std::move(batch)](std::size_t) {
    caf::anon_send(home, commit_done{threads->commit(work)});
  });
  ROLLCALL_ASSERT(is_posted); // one commit at a time
}

void store_state::retry_later() {
  if (!std::exchange(is_retry_due_, true))
    self_->delayed_send(self_, settings_.decision_retry, commit_retry{});
}

void store_state::finish(commit_done& done) {
  const auto settled = decisions_->settle(done.outcome.has_value(), !threads_->is_draining());
  threads_->metrics.decisions.add(static_cast<double>(settled.committed));
  threads_->metrics.lost.add(static_cast<double>(settled.lost));
  for (const auto waiter : settled.waiters)
    loggers_.settle(waiter, done.outcome ? core::result<logged>{logged{}} : done.outcome.failure());
  if (done.outcome && (!threads_->is_store_away() || decisions_->size() > 0)) {
    commit_decisions();
  } else if (done.outcome) { // to the spool, which is emptied later
    retry_later();
  } else {
    core::log(core::log_level::failure, "store", "decisions could not be stored",
              {{"error", done.outcome.failure().message},
               {"context", done.outcome.failure().context},
               {"kept", std::to_string(decisions_->size())},
               {"lost", std::to_string(settled.lost)}});
    is_pausing_ = !threads_->is_draining();
    if (is_pausing_)
      retry_later();
  }
  quit_when_idle();
}

// -- the actor

store_state::~store_state() {
  if (!threads_)
    return;
  threads_->drain();
  if (!reads_.empty() || !writes_.empty() || decisions_->is_committing())
    retire(self_->system(), std::move(threads_)); // killed in the middle
}

void store_state::show_load() {
  threads_->metrics.reads.set(static_cast<double>(reads_.size()));
  threads_->metrics.writes.set(static_cast<double>(writes_.size()));
  threads_->metrics.decisions_waiting.set(static_cast<double>(decisions_->size()));
  threads_->metrics.spooled.set(static_cast<double>(threads_->spooled()));
}

void store_state::drain() {
  threads_->drain();
  is_pausing_ = false;
  quit_when_idle();
}

void store_state::quit_when_idle() {
  if (!threads_->is_draining())
    return;
  commit_decisions();
  if (reads_.empty() && writes_.empty() && decisions_->size() == 0 && !decisions_->is_committing())
    self_->quit(caf::exit_reason::user_shutdown);
}

store_self::behavior_type store_state::start(std::shared_ptr<store::store> owned, store_settings settings,
                                             core::metric_registry& registry) {
  install_handlers(self_, "store");
  self_->set_exit_handler([this](caf::exit_msg&) { drain(); });
  self_->set_down_handler([this](caf::down_msg& down) { lose_shard(down.source); });
  settings_ = settings;
  decisions_.emplace(settings.decision_backlog);
  threads_ = std::make_shared<store_threads>(std::move(owned), settings, registry);
  fences_.emplace(settings.fence, threads_->readers);
  commit_decisions(); // what the spool holds of a process before
  return {
      [this](store_read& request) { return accept(request); },
      [this](store_write& request) { return accept(request); },
      [this](log_decision& request) { return accept(request); },
      [this](subscribe_request& request) { return accept(request); },
      [this](const status_request&) {
        return store_status{reads_.size(), writes_.size(), decisions_->size()};
      },
      [this](const routes_message& message) { routes_ = message.routes; },
      [this](read_done& done) { finish(done); },
      [this](write_done& done) { finish(done); },
      [this](commit_done& done) { finish(done); },
      [this](commit_retry) {
        is_pausing_ = is_retry_due_ = false;
        commit_decisions();
      },
      [this](const lease_over& over) { end_lease(over); },
  };
}

store_self::behavior_type run_store(store_self::stateful_pointer<store_state> self,
                                    const std::shared_ptr<store::store>& owned, const store_settings& settings,
                                    core::metric_registry* metrics) {
  return self->state.start(owned, settings, *metrics);
}

} // namespace

store_actor store(caf::actor_system& system, std::unique_ptr<rollcall::store::store> owned, store_settings settings,
                  core::metric_registry& metrics) {
  ROLLCALL_ASSERT(owned != nullptr && settings.readers >= 1 && settings.read_queue >= 1);
  ROLLCALL_ASSERT(settings.write_queue >= 1 && settings.decision_backlog >= 1);
  return system.spawn(run_store, std::shared_ptr<rollcall::store::store>(std::move(owned)), settings, &metrics);
}

} // namespace rollcall::actors
