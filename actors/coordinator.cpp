#include "actors/coordinator.hpp"

#include "actors/handlers.hpp"
#include "actors/placement.hpp"
#include "actors/reply_table.hpp"
#include "actors/request_timeout.hpp"
#include "core/assert.hpp"
#include "shard/merge.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rollcall::actors {

namespace {

const std::vector<double> seconds_bounds{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5};

// A caller's own mistake: no other shard would answer differently.
bool is_of_caller(core::error_code code) {
  return code == core::error_code::invalid_argument || code == core::error_code::model_mismatch;
}

// A query on its way, and what came back so far.
struct scattered {
  core::steady_time started;
  std::size_t k = 0;
  std::size_t probes = 0;
  bool accept_partial = false;
  coverage covered;
  std::set<std::size_t> waiting; ///< indexes of SHARD actors
  std::vector<shard::hit_rows> parts;
  std::optional<core::error> first_error;
};

// Status requests on their way.
struct polled {
  std::set<std::size_t> waiting;
  shard_status sum;
};

class coordinator_state {
public:
  static constexpr const char* name = "coordinator";

  explicit coordinator_state(coordinator_actor::pointer self) : self_(self) {}

  coordinator_actor::behavior_type start(const std::vector<shard_actor>& shards, coordinator_settings settings,
                                         core::metric_registry& metrics);

private:
  caf::typed_response_promise<query_answer> accept(query& asked);
  [[nodiscard]] static core::status check(const query& asked);
  void scatter(std::uint64_t ticket, const query& asked);
  void gather(std::uint64_t ticket, std::size_t index, shard::search_answer& part);
  void miss(std::uint64_t ticket, std::size_t index, core::error why);
  void finish(std::uint64_t ticket);
  [[nodiscard]] core::result<query_answer> merge(const scattered& done);

  caf::typed_response_promise<shard_status> poll();
  void add_status(std::uint64_t ticket, std::size_t index, const shard_status& part);

  void quit_when_idle();
  void lose_shard(const caf::down_msg& down);

  coordinator_actor::pointer self_;
  coordinator_settings settings_;
  std::vector<shard_actor> shards_;
  reply_table<query_answer> owed_;
  std::map<std::uint64_t, scattered> queries_; ///< by ticket
  reply_table<shard_status> owed_status_;
  std::map<std::uint64_t, polled> polls_;
  bool is_draining_ = false;
  core::counter* refused_ = nullptr;
  core::counter* incomplete_ = nullptr;
  core::histogram* seconds_ = nullptr;
};

core::status coordinator_state::check(const query& asked) {
  if (asked.dimension == 0 || asked.probes.empty() || asked.probes.size() % asked.dimension != 0)
    return core::fail(core::error_code::invalid_argument, "The probes do not have the shape count × dimension.");
  if (asked.partitions == 0 || asked.k == 0)
    return core::fail(core::error_code::invalid_argument, "A query needs at least one partition and one hit.");
  if (asked.until.has_passed())
    return core::fail(core::error_code::deadline_exceeded, "The deadline passed.");
  return core::nothing{};
}

caf::typed_response_promise<query_answer> coordinator_state::accept(query& asked) {
  auto promise = self_->make_response_promise<query_answer>();
  if (auto checked = check(asked); !checked)
    return owed_.answer(promise, std::move(checked).failure());
  if (is_draining_)
    return owed_.answer(promise, core::fail(core::error_code::unavailable, "The node is stopping."));
  if (owed_.size() >= settings_.outstanding) {
    refused_->add();
    return owed_.answer(promise, core::fail(core::error_code::overloaded, "Too many queries are running."));
  }
  const auto ticket = owed_.add(promise);
  scatter(ticket, asked);
  return promise;
}

void coordinator_state::scatter(std::uint64_t ticket, const query& asked) {
  std::map<std::size_t, std::vector<std::uint32_t>> by_shard;
  for (std::uint32_t partition = 0; partition < asked.partitions; ++partition)
    by_shard[shard_of(partition, static_cast<std::uint32_t>(shards_.size()))].push_back(partition);

  auto& entry = queries_[ticket];
  entry.started = std::chrono::steady_clock::now();
  entry.k = asked.k;
  entry.probes = asked.probes.size() / asked.dimension;
  entry.accept_partial = asked.accept_partial;
  entry.covered = {.asked = asked.partitions, .is_exact = true, .is_current = true};
  const auto timeout = request_timeout(asked.until);
  for (auto& [at, partitions] : by_shard) {
    const auto index = at;
    entry.waiting.insert(index);
    self_
        ->request(shards_[index], timeout,
                  shard::search_request{asked.request, asked.collection, asked.kind, std::move(partitions),
                                        asked.probes, asked.dimension, asked.k, asked.lowest_cosine, asked.wanted,
                                        asked.until})
        .then([this, ticket, index](shard::search_answer& part) { gather(ticket, index, part); },
              [this, ticket, index](caf::error& failed) { miss(ticket, index, to_core(failed)); });
  }
}

void coordinator_state::gather(std::uint64_t ticket, std::size_t index, shard::search_answer& part) {
  const auto found = queries_.find(ticket);
  if (found == queries_.end() || found->second.waiting.erase(index) == 0)
    return;
  auto& entry = found->second;
  for (const auto& partition : part.partitions) {
    if (!partition.has_answered)
      continue;
    ++entry.covered.answered;
    entry.covered.references += partition.references;
    entry.covered.is_exact &= partition.exact == shard::exactness::proved;
    entry.covered.is_current &= partition.is_current;
  }
  entry.parts.push_back(std::move(part.rows));
  if (entry.waiting.empty())
    finish(ticket);
}

void coordinator_state::miss(std::uint64_t ticket, std::size_t index, core::error why) {
  const auto found = queries_.find(ticket);
  if (found == queries_.end() || found->second.waiting.erase(index) == 0)
    return;
  auto& first = found->second.first_error;
  if (!first || (is_of_caller(why.code) && !is_of_caller(first->code)))
    first = std::move(why);
  if (found->second.waiting.empty())
    finish(ticket);
}

void coordinator_state::finish(std::uint64_t ticket) {
  const auto found = queries_.find(ticket);
  const auto done = std::move(found->second);
  queries_.erase(found);
  if (!done.covered.is_complete())
    incomplete_->add();
  seconds_->observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - done.started).count());
  owed_.settle(ticket, merge(done));
  quit_when_idle();
}

void coordinator_state::quit_when_idle() {
  if (is_draining_ && owed_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

core::result<query_answer> coordinator_state::merge(const scattered& done) {
  if (done.first_error && (is_of_caller(done.first_error->code) || done.covered.answered == 0))
    return *done.first_error;
  auto covered = done.covered;
  covered.is_current &= !settings_.lease || settings_.lease->holds(std::chrono::steady_clock::now());
  if (!covered.is_complete()) {
    covered.is_exact = covered.is_current = false;
    const auto tally = std::to_string(covered.answered) + " of " + std::to_string(covered.asked);
    if (!done.accept_partial)
      return core::fail(core::error_code::incomplete, "Only " + tally + " partitions of the collection answered.",
                        done.first_error ? done.first_error->message : "partitions are loading");
  }
  ROLLCALL_TRY(auto rows, shard::merge_hits(done.parts, done.k));
  return query_answer{std::move(rows), covered};
}

caf::typed_response_promise<shard_status> coordinator_state::poll() {
  auto promise = self_->make_response_promise<shard_status>();
  const auto ticket = owed_status_.add(promise);
  auto& entry = polls_[ticket];
  entry.sum.is_ready = true;
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    entry.waiting.insert(index);
    self_->request(shards_[index], settings_.status_timeout, status_request{})
        .then([this, ticket, index](const shard_status& part) { add_status(ticket, index, part); },
              [this, ticket, index](caf::error&) { add_status(ticket, index, shard_status{}); });
  }
  return promise;
}

void coordinator_state::add_status(std::uint64_t ticket, std::size_t index, const shard_status& part) {
  const auto found = polls_.find(ticket);
  if (found == polls_.end() || found->second.waiting.erase(index) == 0)
    return;
  auto& sum = found->second.sum;
  sum.is_ready &= part.is_ready;
  sum.partitions += part.partitions;
  sum.references += part.references;
  sum.memory_bytes += part.memory_bytes;
  if (!found->second.waiting.empty())
    return;
  owed_status_.settle(ticket, sum);
  polls_.erase(found);
}

// CAF answers requests that lie in a dead actor's mailbox, but not those that it had taken and not answered.
void coordinator_state::lose_shard(const caf::down_msg& down) {
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    if (shards_[index].address() != down.source)
      continue;
    if (down.reason != caf::exit_reason::user_shutdown)
      core::log(core::log_level::failure, "coordinator", "a SHARD actor went down", {{"index", std::to_string(index)}});
    std::vector<std::uint64_t> tickets;
    for (const auto& [ticket, entry] : queries_)
      tickets.push_back(ticket);
    for (const auto ticket : tickets)
      miss(ticket, index, core::fail(core::error_code::unavailable, "A part of the gallery is out of reach."));
    tickets.clear();
    for (const auto& [ticket, entry] : polls_)
      tickets.push_back(ticket);
    for (const auto ticket : tickets)
      add_status(ticket, index, shard_status{});
  }
}

coordinator_actor::behavior_type coordinator_state::start(const std::vector<shard_actor>& shards,
                                                          coordinator_settings settings,
                                                          core::metric_registry& metrics) {
  install_handlers(self_, "coordinator");
  settings_ = settings;
  shards_ = shards;
  refused_ = &metrics.make_counter("rollcall_query_refused_total", "Queries refused because too many were running", {});
  incomplete_ =
      &metrics.make_counter("rollcall_query_incomplete_total", "Queries that not every partition answered", {});
  seconds_ = &metrics.make_histogram("rollcall_query_seconds", "Scatter to merged answer", {}, seconds_bounds);
  for (const auto& held : shards_)
    self_->monitor(held);
  self_->set_exit_handler([this](caf::exit_msg&) {
    is_draining_ = true;
    quit_when_idle();
  });
  self_->set_down_handler([this](caf::down_msg& down) { lose_shard(down); });
  return {
      [this](query& asked) { return accept(asked); },
      [this](const status_request&) { return poll(); },
  };
}

coordinator_actor::behavior_type run_coordinator(coordinator_actor::stateful_pointer<coordinator_state> self,
                                                 const std::vector<shard_actor>& shards,
                                                 const coordinator_settings& settings, core::metric_registry* metrics) {
  return self->state.start(shards, settings, *metrics);
}

} // namespace

coordinator_actor coordinator(caf::actor_system& system, std::vector<shard_actor> shards, coordinator_settings settings,
                              core::metric_registry& metrics) {
  ROLLCALL_ASSERT(!shards.empty() && settings.outstanding >= 1);
  return system.spawn(run_coordinator, std::move(shards), settings, &metrics);
}

} // namespace rollcall::actors
