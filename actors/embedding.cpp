#include "actors/embedding.hpp"

#include "actors/handlers.hpp"
#include "actors/reply_table.hpp"
#include "actors/retire.hpp"
#include "core/assert.hpp"
#include "core/worker_pool.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

namespace rollcall::actors {

/// A worker's outcome, on its way back to the actor.
struct analysis_done {
  std::uint64_t ticket = 0;
  core::result<vision::analysis> outcome = core::error{};
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::analysis_done)

namespace rollcall::actors {

namespace {

using embedding_self = embedding_actor::extend<caf::reacts_to<analysis_done>>;

const std::vector<double> picture_seconds{.002, .005, .01, .02, .03, .05, .075, .1, .2, .5, 1, 2, 5};

struct embedding_metrics {
  core::counter& refused;
  core::gauge& outstanding;
  core::histogram& run;
  core::histogram& wait;

  embedding_metrics(core::metric_registry& registry, const std::string& name)
      : refused(registry.make_counter("rollcall_embedding_refused_total", "Pictures refused because the queue was full",
                                      {{"actor", name}})),
        outstanding(
            registry.make_gauge("rollcall_embedding_outstanding", "Pictures running or waiting", {{"actor", name}})),
        run(registry.make_histogram("rollcall_embedding_seconds", "Analysis of one picture", {{"actor", name}},
                                    picture_seconds)),
        wait(registry.make_histogram("rollcall_embedding_wait_seconds", "Time of a picture in the queue",
                                     {{"actor", name}}, picture_seconds)) {}
};

// The thread side: what runs here touches nothing of the actor.
struct embedding_threads {
  embedding_metrics metrics;
  std::vector<analyze_function> analyzers; ///< by worker
  std::atomic<bool> is_draining = false;
  core::worker_pool pool; ///< last, so that it is joined before anything that it uses goes

  embedding_threads(std::vector<analyze_function> functions, std::size_t queue, embedding_metrics observed)
      : metrics(observed), analyzers(std::move(functions)), pool(analyzers.size(), queue) {}

  core::result<vision::analysis> analyze(const analyze_request& request, std::size_t worker,
                                         core::steady_time accepted);
};

class embedding_state {
public:
  static constexpr const char* name = "embedding";

  explicit embedding_state(embedding_self::pointer self) : self_(self) {}
  ~embedding_state();

  embedding_self::behavior_type start(std::vector<analyze_function> analyzers, embedding_settings settings,
                                      core::metric_registry& registry, const std::string& label);

private:
  using reply = caf::typed_response_promise<vision::analysis>;

  reply accept(analyze_request& request);
  void finish(analysis_done& done);
  void drain();

  embedding_self::pointer self_;
  reply_table<vision::analysis> owed_;
  std::shared_ptr<embedding_threads> threads_;
};

core::result<vision::analysis> embedding_threads::analyze(const analyze_request& request, std::size_t worker,
                                                          core::steady_time accepted) {
  if (is_draining)
    return stopping();
  metrics.wait.observe(core::seconds_since(accepted));
  if (request.until.has_passed())
    return core::fail(core::error_code::deadline_exceeded, "The picture waited too long for a worker.");
  const auto started = std::chrono::steady_clock::now();
  try {
    auto outcome = analyzers[worker](*request.image, request.options);
    metrics.run.observe(core::seconds_since(started));
    return outcome;
  } catch (...) {
    return core::fail(core::error_code::internal, "The picture could not be analysed.",
                      describe(std::current_exception()));
  }
}

embedding_state::~embedding_state() {
  if (!threads_)
    return;
  threads_->is_draining = true;
  if (!owed_.empty())
    retire(self_->system(), std::move(threads_)); // killed in the middle
}

embedding_state::reply embedding_state::accept(analyze_request& request) {
  auto promise = self_->make_response_promise<vision::analysis>();
  if (threads_->is_draining)
    return owed_.answer(promise, stopping());
  const auto ticket = owed_.add(promise);
  const auto accepted = std::chrono::steady_clock::now();
  auto home = caf::actor_cast<caf::actor>(self_);
  auto* threads = threads_.get();
  const auto is_posted =
      threads->pool.post([threads, home, ticket, accepted, work = std::move(request)](std::size_t worker) {
        caf::anon_send(home, analysis_done{ticket, threads->analyze(work, worker, accepted)});
      });
  if (!is_posted) {
    threads_->metrics.refused.add();
    owed_.settle(ticket, core::fail(core::error_code::overloaded, "Too many pictures are waiting."));
  }
  threads_->metrics.outstanding.set(static_cast<double>(owed_.size()));
  return promise;
}

void embedding_state::finish(analysis_done& done) {
  owed_.settle(done.ticket, std::move(done.outcome));
  threads_->metrics.outstanding.set(static_cast<double>(owed_.size()));
  if (threads_->is_draining && owed_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

void embedding_state::drain() {
  threads_->is_draining = true;
  if (owed_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

embedding_self::behavior_type embedding_state::start(std::vector<analyze_function> analyzers,
                                                     embedding_settings settings, core::metric_registry& registry,
                                                     const std::string& label) {
  install_handlers(self_, "embedding");
  self_->set_exit_handler([this](caf::exit_msg&) { drain(); });
  threads_ =
      std::make_shared<embedding_threads>(std::move(analyzers), settings.queue, embedding_metrics(registry, label));
  return {
      [this](analyze_request& request) { return accept(request); },
      [this](const status_request&) {
        return embedding_status{threads_->analyzers.size(), owed_.size()};
      },
      [this](analysis_done& done) { finish(done); },
  };
}

embedding_self::behavior_type run_embedding(embedding_self::stateful_pointer<embedding_state> self,
                                            const std::vector<analyze_function>& analyzers,
                                            const embedding_settings& settings, core::metric_registry* metrics,
                                            const std::string& label) {
  return self->state.start(analyzers, settings, *metrics, label);
}

} // namespace

embedding_actor embedding(caf::actor_system& system, std::vector<analyze_function> analyzers,
                          embedding_settings settings, core::metric_registry& metrics, const std::string& name) {
  ROLLCALL_ASSERT(!analyzers.empty() && settings.queue >= 1);
  return system.spawn(run_embedding, std::move(analyzers), settings, &metrics, name);
}

} // namespace rollcall::actors
