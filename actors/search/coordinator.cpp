#include "actors/search/coordinator.hpp"

#include "actors/handlers.hpp"
#include "actors/reply_table.hpp"
#include "actors/request_timeout.hpp"
#include "actors/search/finding.hpp"
#include "actors/search/hedge_delay.hpp"
#include "actors/search/placement.hpp"
#include "actors/search/query_outcome.hpp"
#include "actors/search/route_table.hpp"
#include "actors/search/status_polls.hpp"
#include "core/agenda.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace rollcall::actors {

// Something of the coordinator's agenda is due.
struct agenda_due {};

// A query has waited for routes for long enough.
struct placing_over {
  std::uint64_t ticket = 0;
  std::chrono::milliseconds waited{0}; ///< all in all
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::agenda_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::placing_over)

namespace rollcall::actors {

namespace {

using coordinator_self = coordinator_actor::extend<caf::reacts_to<agenda_due>, caf::reacts_to<placing_over>>;

// Between two tries to reach partitions that are between two places.
constexpr std::chrono::milliseconds ask_again{50};

const std::vector<double> query_seconds{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5};

// What is due with a query.
struct query_due {
  std::uint64_t ticket = 0;
  std::vector<std::size_t> slow; ///< have not answered for as long as others usually take; none: its time is over
};

// A query on its way.
struct scattered {
  core::steady_time started;
  std::chrono::milliseconds waited; ///< for routes, so far
  query asked;
  gathering progress;
  std::map<std::size_t, core::steady_time> sent{};   ///< by index, when it was asked last
  std::vector<core::agenda<query_due>::entry> due{}; ///< with it, or was
};

class coordinator_state {
public:
  static constexpr const char* name = "coordinator";

  explicit coordinator_state(coordinator_self::pointer self) : self_(self) {}

  coordinator_self::behavior_type start(const std::vector<shard_actor>& shards, coordinator_settings settings,
                                        core::metric_registry& metrics);

private:
  caf::typed_response_promise<query_answer> accept(query& asked);
  void await_routes(std::uint64_t ticket, query& asked);
  void follow(const cluster_routes& routes);
  void scatter_unplaced(const placing_over& over);
  void scatter(std::uint64_t ticket, query& asked, core::steady_time since, std::chrono::milliseconds waited);
  [[nodiscard]] bool may_ask_again(const scattered& done) const;
  void send(std::uint64_t ticket, scattered& entry, std::vector<gathering::request> requests);
  void gather(std::uint64_t ticket, std::size_t index, shard::search_answer& part);
  void miss(std::uint64_t ticket, std::size_t index, core::error why);
  void plan(scattered& entry, std::chrono::steady_clock::duration after, query_due what);
  void wake_later();
  void do_what_is_due();
  void hedge(const query_due& due);
  void expire(std::uint64_t ticket);
  void finish(std::uint64_t ticket);

  caf::typed_response_promise<shard_status> poll();
  caf::typed_response_promise<shard::found_reference> find(const shard::find_request& wanted);

  void quit_when_idle();
  void lose_shard(const caf::down_msg& down);

  coordinator_self::pointer self_;
  coordinator_settings settings_;
  route_table routes_;
  hedge_delay delay_{{}, {}};
  std::size_t turn_ = 0;
  bool has_routes_ = false;
  std::map<std::uint64_t, std::pair<core::steady_time, query>> unplaced_; ///< waiting for routes, by ticket, since
  reply_table<query_answer> owed_;
  std::map<std::uint64_t, scattered> queries_; ///< by ticket
  core::agenda<query_due> agenda_;
  status_polls polls_;
  reply_table<shard::found_reference> finds_;
  bool is_draining_ = false;
  core::counter* refused_ = nullptr;
  core::counter* incomplete_ = nullptr;
  core::counter* rerouted_ = nullptr;
  core::counter* hedged_ = nullptr;
  core::histogram* seconds_ = nullptr;
};

caf::typed_response_promise<query_answer> coordinator_state::accept(query& asked) {
  auto promise = self_->make_response_promise<query_answer>();
  if (auto checked = check_query(asked); !checked)
    return owed_.answer(promise, std::move(checked).failure());
  if (is_draining_)
    return owed_.answer(promise, stopping());
  if (owed_.size() >= settings_.outstanding) {
    refused_->add();
    return owed_.answer(promise, core::fail(core::error_code::overloaded, "Too many queries are running."));
  }
  const auto ticket = owed_.add(promise);
  if (settings_.is_clustered && !routes_.covers(asked.collection, asked.range()))
    await_routes(ticket, asked);
  else
    scatter(ticket, asked, std::chrono::steady_clock::now(), {});
  return promise;
}

// -- routes

void coordinator_state::await_routes(std::uint64_t ticket, query& asked) {
  self_->delayed_send(self_, std::min(settings_.placing, asked.until.left()), placing_over{ticket, settings_.placing});
  unplaced_.emplace(ticket, std::pair(std::chrono::steady_clock::now(), std::move(asked)));
}

void coordinator_state::follow(const cluster_routes& routes) {
  has_routes_ = true;
  for (const auto& added : routes_.follow(routes))
    self_->monitor(added);
  for (auto at = unplaced_.begin(); at != unplaced_.end();) {
    const auto waiting = at++;
    const auto& asked = waiting->second.second;
    if (routes_.covers(asked.collection, asked.range()))
      scatter_unplaced({waiting->first});
  }
}

void coordinator_state::scatter_unplaced(const placing_over& over) {
  auto waiting = unplaced_.extract(over.ticket);
  if (waiting.empty())
    return;
  auto& [since, asked] = waiting.mapped();
  scatter(over.ticket, asked, since, over.waited);
}

// -- queries

void coordinator_state::scatter(std::uint64_t ticket, query& asked, core::steady_time since,
                                std::chrono::milliseconds waited) {
  gathering progress(asked.collection, asked.range(), routes_.replicas(), {routes_.own(), turn_++, routes_.last()});
  auto& entry = queries_.emplace(ticket, scattered{since, waited, std::move(asked), std::move(progress)}).first->second;
  plan(entry, request_timeout(entry.asked.until), {ticket, {}});
  send(ticket, entry, entry.progress.begin());
  if (entry.progress.is_over())
    finish(ticket); // nobody holds any of it
}

void coordinator_state::send(std::uint64_t ticket, scattered& entry, std::vector<gathering::request> requests) {
  const auto& asked = entry.asked;
  const auto now = std::chrono::steady_clock::now();
  query_due due{ticket, {}};
  for (auto& [at, partitions] : requests) {
    const auto index = at;
    entry.sent[index] = now;
    due.slow.push_back(index);
    self_
        ->request(routes_.at(index), caf::infinite, // until `expire`
                  shard::search_request{asked.request, asked.collection, asked.kind, std::move(partitions),
                                        asked.probes, asked.dimension, asked.k, asked.lowest_cosine, asked.recall_floor,
                                        asked.until})
        .then([this, ticket, index](shard::search_answer& part) { gather(ticket, index, part); },
              [this, ticket, index](caf::error& failed) { miss(ticket, index, to_core(failed)); });
  }
  if (settings_.hedge_at_most.count() > 0 && !requests.empty())
    plan(entry, delay_.current(), std::move(due));
}

void coordinator_state::plan(scattered& entry, std::chrono::steady_clock::duration after, query_due what) {
  entry.due.push_back(agenda_.add(self_->clock().now() + after, std::move(what)));
  wake_later();
}

void coordinator_state::wake_later() {
  if (const auto after = agenda_.next_wake(self_->clock().now()))
    self_->delayed_send(self_, *after, agenda_due{});
}

void coordinator_state::do_what_is_due() {
  for (const auto& due : agenda_.take(self_->clock().now()))
    if (due.slow.empty())
      expire(due.ticket);
    else
      hedge(due);
  wake_later();
}

void coordinator_state::gather(std::uint64_t ticket, std::size_t index, shard::search_answer& part) {
  const auto found = queries_.find(ticket);
  if (found == queries_.end())
    return;
  auto& entry = found->second;
  if (const auto sent = entry.sent.find(index); sent != entry.sent.end())
    delay_.note(std::chrono::duration_cast<hedge_delay::duration>(std::chrono::steady_clock::now() - sent->second));
  send(ticket, entry, entry.progress.take(index, part));
  if (entry.progress.is_over())
    finish(ticket);
}

void coordinator_state::miss(std::uint64_t ticket, std::size_t index, core::error why) {
  const auto found = queries_.find(ticket);
  if (found == queries_.end() || !found->second.progress.owes(index))
    return;
  auto& entry = found->second;
  auto others = entry.progress.miss(index, std::move(why));
  if (!others.empty())
    rerouted_->add();
  send(ticket, entry, std::move(others));
  if (entry.progress.is_over())
    finish(ticket);
}

void coordinator_state::hedge(const query_due& due) {
  const auto found = queries_.find(due.ticket);
  if (found == queries_.end())
    return;
  for (const auto index : due.slow) {
    auto others = found->second.progress.hedge(index);
    if (!others.empty())
      hedged_->add();
    send(due.ticket, found->second, std::move(others));
  }
}

void coordinator_state::expire(std::uint64_t ticket) {
  const auto found = queries_.find(ticket);
  if (found == queries_.end())
    return;
  auto& progress = found->second.progress;
  for (const auto index : progress.waiting()) // whoever else could be asked would be asked too late
    static_cast<void>(progress.miss(index, core::fail(core::error_code::deadline_exceeded, "The deadline passed.")));
  finish(ticket);
}

// Those asked do not hold all of it: the map has just changed, or is about to. Or they are out of reach, as all others
// are to a node that has hung itself and greets them again.
bool coordinator_state::may_ask_again(const scattered& done) const {
  const auto& covered = done.progress.covered();
  if (!settings_.is_clustered || covered.is_complete() || (done.asked.accept_partial && covered.answered > 0))
    return false;
  const auto& error = done.progress.first_error();
  if (error && error->code != core::error_code::unavailable)
    return false;
  const auto patience = error ? settings_.reaching : settings_.placing;
  return done.waited < patience && done.asked.until.left() > ask_again;
}

void coordinator_state::finish(std::uint64_t ticket) {
  const auto found = queries_.find(ticket);
  auto done = std::move(found->second);
  queries_.erase(found);
  for (const auto& each : done.due)
    agenda_.remove(each);
  if (may_ask_again(done)) {
    unplaced_.emplace(ticket, std::pair(done.started, std::move(done.asked)));
    self_->delayed_send(self_, ask_again, placing_over{ticket, done.waited + ask_again});
    return;
  }
  if (!done.progress.covered().is_complete())
    incomplete_->add();
  seconds_->observe(core::seconds_since(done.started));
  owed_.settle(ticket, merge_answers(done.progress, done.asked));
  quit_when_idle();
}

void coordinator_state::quit_when_idle() {
  if (is_draining_ && owed_.empty() && finds_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

caf::typed_response_promise<shard_status> coordinator_state::poll() {
  auto promise = self_->make_response_promise<shard_status>();
  const auto ticket =
      polls_.begin(promise, routes_.own(), shard_status{.is_ready = !settings_.is_clustered || has_routes_});
  for (std::size_t index = 0; index < routes_.own(); ++index)
    self_->request(routes_.at(index), settings_.status_timeout, status_request{})
        .then([this, ticket, index](const shard_status& part) { polls_.add(ticket, index, part); },
              [this, ticket, index](caf::error&) { polls_.add(ticket, index, shard_status{.silent = 1}); });
  return promise;
}

caf::typed_response_promise<shard::found_reference> coordinator_state::find(const shard::find_request& wanted) {
  auto promise = self_->make_response_promise<shard::found_reference>();
  if (is_draining_)
    return finds_.answer(promise, stopping());
  if (finds_.size() >= settings_.outstanding)
    return finds_.answer(promise, core::fail(core::error_code::overloaded, "Too many queries are running."));
  auto replicas = routes_.replicas()(wanted.collection, wanted.partition);
  std::stable_partition(replicas.begin(), replicas.end(), [this](std::size_t index) { return index < routes_.own(); });
  std::stable_partition(replicas.begin(), replicas.end(),
                        [this](std::size_t index) { return !routes_.last().contains(index); });
  const auto ask = [this](std::size_t index, const shard::find_request& request, const found_handler& then) {
    self_->request(routes_.at(index), request_timeout(request.until), request)
        .then([then](shard::found_reference& found) { then(std::move(found)); },
              [then](caf::error& failed) { then(to_core(failed)); });
  };
  find_in_turn(wanted, std::move(replicas), ask,
               [this, ticket = finds_.add(promise)](core::result<shard::found_reference> found) {
                 finds_.settle(ticket, std::move(found));
                 quit_when_idle();
               });
  return promise;
}

// CAF answers requests that lie in a dead actor's mailbox, but not those that it had taken and not answered.
void coordinator_state::lose_shard(const caf::down_msg& down) {
  for (std::size_t index = 0; index < routes_.size(); ++index) {
    if (routes_.at(index).address() != down.source)
      continue;
    if (down.reason != caf::exit_reason::user_shutdown)
      core::log(core::log_level::failure, "coordinator", "a SHARD actor went down", {{"index", std::to_string(index)}});
    std::vector<std::uint64_t> tickets;
    for (const auto& [ticket, entry] : queries_)
      tickets.push_back(ticket);
    for (const auto ticket : tickets)
      miss(ticket, index, core::fail(core::error_code::unavailable, "A part of the gallery is out of reach."));
    polls_.lose(index);
  }
}

coordinator_self::behavior_type coordinator_state::start(const std::vector<shard_actor>& shards,
                                                         coordinator_settings settings,
                                                         core::metric_registry& metrics) {
  install_handlers(self_, "coordinator");
  settings_ = settings;
  delay_ = hedge_delay(settings_.hedge_at_least, settings_.hedge_at_most);
  auto replicas = settings_.replicas;
  if (settings_.is_clustered)
    replicas = [](core::collection_key, std::uint32_t) { return std::vector<std::size_t>{}; };
  else if (!replicas)
    replicas = [count = static_cast<std::uint32_t>(shards.size())](core::collection_key, std::uint32_t partition) {
      return std::vector<std::size_t>{shard_of(partition, count)};
    };
  routes_ = route_table(shards, std::move(replicas));
  refused_ = &metrics.make_counter("rollcall_query_refused_total", "Queries refused because too many were running", {});
  incomplete_ =
      &metrics.make_counter("rollcall_query_incomplete_total", "Queries that not every partition answered", {});
  rerouted_ = &metrics.make_counter("rollcall_query_rerouted_total",
                                    "Requests that went to another replica after the first one failed", {});
  hedged_ = &metrics.make_counter("rollcall_query_hedged_total",
                                  "Requests that went to another replica beside a slow one", {});
  seconds_ = &metrics.make_histogram("rollcall_query_seconds", "Scatter to merged answer", {}, query_seconds);
  for (const auto& held : shards)
    self_->monitor(held);
  self_->set_exit_handler([this](caf::exit_msg&) {
    is_draining_ = true;
    quit_when_idle();
  });
  self_->set_down_handler([this](caf::down_msg& down) { lose_shard(down); });
  return {
      [this](query& asked) { return accept(asked); },
      [this](const shard::find_request& wanted) { return find(wanted); },
      [this](const status_request&) { return poll(); },
      [this](const routes_message& message) { follow(*message.routes); },
      [this](agenda_due) { do_what_is_due(); },
      [this](const placing_over& over) { scatter_unplaced(over); },
  };
}

coordinator_self::behavior_type run_coordinator(coordinator_self::stateful_pointer<coordinator_state> self,
                                                const std::vector<shard_actor>& shards,
                                                const coordinator_settings& settings, core::metric_registry* metrics) {
  return self->state.start(shards, settings, *metrics);
}

} // namespace

coordinator_actor coordinator(caf::actor_system& system, std::vector<shard_actor> shards, coordinator_settings settings,
                              core::metric_registry& metrics) {
  ROLLCALL_ASSERT(settings.outstanding >= 1);
  return system.spawn(run_coordinator, std::move(shards), settings, &metrics);
}

} // namespace rollcall::actors
