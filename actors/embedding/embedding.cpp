#include "actors/embedding/embedding.hpp"

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
template <class Reply>
struct work_done {
  std::uint64_t ticket = 0;
  core::result<Reply> outcome = core::error{};
};

using analysis_done = work_done<vision::analysis>;
using embedded_done = work_done<embedded>;

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::analysis_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::embedded_done)

namespace rollcall::actors {

namespace {

using embedding_self = local_embedding_actor::extend<caf::reacts_to<analysis_done>, caf::reacts_to<embedded_done>>;

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

core::result<vision::analysis> run(const vision_worker& with, const analyze_request& request) {
  return with.analyze(*request.image, request.options);
}

core::error no_streams() {
  return core::fail(core::error_code::unsupported, "This node analyses no streams.");
}

core::result<vision::analysis> run(const vision_worker& with, const frame_request& request) {
  if (!with.look)
    return no_streams();
  return with.look(request.frame, request.options);
}

core::result<embedded> run(const vision_worker& with, const embed_request& request) {
  if (!with.embed)
    return no_streams();
  embedded made;
  made.embeddings.reserve(request.aligned.size());
  for (const auto& face : request.aligned) {
    ROLLCALL_TRY(auto embedding, with.embed(face));
    made.embeddings.push_back(std::move(embedding));
  }
  return made;
}

// The thread side: what runs here touches nothing of the actor.
struct embedding_threads {
  embedding_metrics metrics;
  std::vector<vision_worker> workers;
  std::atomic<bool> is_draining = false;
  core::worker_pool pool; ///< last, so that it is joined before anything that it uses goes

  embedding_threads(std::vector<vision_worker> with, std::size_t queue, embedding_metrics observed)
      : metrics(observed), workers(std::move(with)), pool(workers.size(), queue) {}

  template <class Reply, class Request>
  core::result<Reply> work(const Request& request, std::size_t worker, core::steady_time accepted) {
    if (is_draining)
      return stopping();
    metrics.wait.observe(core::seconds_since(accepted));
    if (request.until.has_passed())
      return core::fail(core::error_code::deadline_exceeded, "The picture waited too long for a worker.");
    const auto started = std::chrono::steady_clock::now();
    try {
      auto outcome = run(workers[worker], request);
      metrics.run.observe(core::seconds_since(started));
      return outcome;
    } catch (...) {
      return core::fail(core::error_code::internal, "The picture could not be analysed.",
                        describe(std::current_exception()));
    }
  }
};

class embedding_state {
public:
  static constexpr const char* name = "embedding";

  explicit embedding_state(embedding_self::pointer self) : self_(self) {}
  ~embedding_state();

  embedding_self::behavior_type start(std::vector<vision_worker> workers, embedding_settings settings,
                                      core::metric_registry& registry, const std::string& label);

private:
  template <class Reply, class Request>
  caf::typed_response_promise<Reply> accept(Request& request, reply_table<Reply>& owed);
  template <class Reply>
  void finish(work_done<Reply>& done, reply_table<Reply>& owed);
  void drain();
  [[nodiscard]] std::size_t outstanding() const { return analyses_.size() + embeddings_.size(); }

  embedding_self::pointer self_;
  reply_table<vision::analysis> analyses_;
  reply_table<embedded> embeddings_;
  std::shared_ptr<embedding_threads> threads_;
};

embedding_state::~embedding_state() {
  if (!threads_)
    return;
  threads_->is_draining = true;
  if (outstanding() > 0)
    retire(self_->system(), std::move(threads_)); // killed in the middle
}

template <class Reply, class Request>
caf::typed_response_promise<Reply> embedding_state::accept(Request& request, reply_table<Reply>& owed) {
  auto promise = self_->make_response_promise<Reply>();
  if (threads_->is_draining)
    return owed.answer(promise, stopping());
  const auto ticket = owed.add(promise);
  const auto accepted = std::chrono::steady_clock::now();
  auto home = caf::actor_cast<caf::actor>(self_);
  auto* threads = threads_.get();
  const auto is_posted =
      threads->pool.post([threads, home, ticket, accepted, wanted = std::move(request)](std::size_t worker) {
        caf::anon_send(home, work_done<Reply>{ticket, threads->work<Reply>(wanted, worker, accepted)});
      });
  if (!is_posted) {
    threads_->metrics.refused.add();
    owed.settle(ticket, core::fail(core::error_code::overloaded, "Too many pictures are waiting."));
  }
  threads_->metrics.outstanding.set(static_cast<double>(outstanding()));
  return promise;
}

template <class Reply>
void embedding_state::finish(work_done<Reply>& done, reply_table<Reply>& owed) {
  owed.settle(done.ticket, std::move(done.outcome));
  threads_->metrics.outstanding.set(static_cast<double>(outstanding()));
  if (threads_->is_draining && outstanding() == 0)
    self_->quit(caf::exit_reason::user_shutdown);
}

void embedding_state::drain() {
  threads_->is_draining = true;
  if (outstanding() == 0)
    self_->quit(caf::exit_reason::user_shutdown);
}

embedding_self::behavior_type embedding_state::start(std::vector<vision_worker> workers, embedding_settings settings,
                                                     core::metric_registry& registry, const std::string& label) {
  install_handlers(self_, "embedding");
  self_->set_exit_handler([this](caf::exit_msg&) { drain(); });
  threads_ =
      std::make_shared<embedding_threads>(std::move(workers), settings.queue, embedding_metrics(registry, label));
  return {
      [this](analyze_request& request) { return accept(request, analyses_); },
      [this](const status_request&) {
        return embedding_status{threads_->workers.size(), outstanding()};
      },
      [this](frame_request& request) { return accept(request, analyses_); },
      [this](embed_request& request) { return accept(request, embeddings_); },
      [this](analysis_done& done) { finish(done, analyses_); },
      [this](embedded_done& done) { finish(done, embeddings_); },
  };
}

embedding_self::behavior_type run_embedding(embedding_self::stateful_pointer<embedding_state> self,
                                            const std::vector<vision_worker>& workers,
                                            const embedding_settings& settings, core::metric_registry* metrics,
                                            const std::string& label) {
  return self->state.start(workers, settings, *metrics, label);
}

} // namespace

local_embedding_actor embedding(caf::actor_system& system, std::vector<vision_worker> workers,
                                embedding_settings settings, core::metric_registry& metrics, const std::string& name) {
  ROLLCALL_ASSERT(!workers.empty() && settings.queue >= 1);
  return system.spawn(run_embedding, std::move(workers), settings, &metrics, name);
}

} // namespace rollcall::actors
