#include "actors/embedding_pool.hpp"

#include "actors/handlers.hpp"
#include "actors/reply_table.hpp"
#include "actors/request_timeout.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace rollcall::actors {

namespace {

struct member {
  embedding_actor actor;
  std::size_t workers = 0;
  std::size_t outstanding = 0;
  bool is_up = true;
};

// A picture on its way: to which member, and on which try.
struct routed {
  analyze_request request;
  std::size_t member = 0;
  int tries = 0;
};

class embedding_pool_state {
public:
  static constexpr const char* name = "embedding_pool";

  explicit embedding_pool_state(embedding_actor::pointer self) : self_(self) {}

  embedding_actor::behavior_type start(const std::vector<embedding_member>& members, embedding_pool_settings settings,
                                       core::metric_registry& metrics);

private:
  using reply = caf::typed_response_promise<vision::analysis>;
  static constexpr int most_tries = 2;

  reply accept(analyze_request& request);
  [[nodiscard]] std::optional<std::size_t> least_outstanding() const;
  [[nodiscard]] std::size_t workers() const;
  void route(std::uint64_t ticket);
  void lose(std::uint64_t ticket, int tries);
  void finish(std::uint64_t ticket, core::result<vision::analysis> outcome);
  void quit_when_idle();
  void lose_member(const caf::down_msg& down);

  embedding_actor::pointer self_;
  embedding_pool_settings settings_;
  core::counter* refused_ = nullptr;
  std::vector<member> members_;
  reply_table<vision::analysis> owed_;
  std::map<std::uint64_t, routed> routed_; ///< by ticket
  bool is_draining_ = false;
};

embedding_pool_state::reply embedding_pool_state::accept(analyze_request& request) {
  auto promise = self_->make_response_promise<vision::analysis>();
  if (is_draining_)
    return owed_.answer(promise, stopping());
  if (owed_.size() >= settings_.outstanding) {
    refused_->add();
    return owed_.answer(promise, core::fail(core::error_code::overloaded, "Too many pictures are waiting."));
  }
  const auto ticket = owed_.add(promise);
  routed_.emplace(ticket, routed{std::move(request)});
  route(ticket);
  return promise;
}

std::optional<std::size_t> embedding_pool_state::least_outstanding() const {
  std::optional<std::size_t> best;
  for (std::size_t at = 0; at < members_.size(); ++at)
    if (members_[at].is_up && (!best || members_[at].outstanding < members_[*best].outstanding))
      best = at;
  return best;
}

std::size_t embedding_pool_state::workers() const {
  std::size_t sum = 0;
  for (const auto& one : members_)
    sum += one.is_up ? one.workers : 0;
  return sum;
}

void embedding_pool_state::route(std::uint64_t ticket) {
  auto& picture = routed_.at(ticket);
  const auto target = least_outstanding();
  if (!target)
    return finish(ticket, core::fail(core::error_code::unavailable, "No embedding worker is left."));
  if (picture.request.until.has_passed())
    return finish(ticket, core::fail(core::error_code::deadline_exceeded, "The deadline passed."));
  picture.member = *target;
  const auto tries = ++picture.tries;
  ++members_[*target].outstanding;
  self_->request(members_[*target].actor, request_timeout(picture.request.until), picture.request)
      .then(
          [this, ticket, tries](vision::analysis& done) {
            if (const auto found = routed_.find(ticket); found != routed_.end() && found->second.tries == tries)
              finish(ticket, std::move(done));
          },
          [this, ticket, tries](caf::error& failed) {
            if (failed == caf::sec::request_receiver_down)
              return lose(ticket, tries);
            if (const auto found = routed_.find(ticket); found != routed_.end() && found->second.tries == tries)
              finish(ticket, to_core(failed));
          });
}

// The member that had the picture is gone. Both the failed request and the member's end tell of it; the second finds
// the picture on its next try, or answered.
void embedding_pool_state::lose(std::uint64_t ticket, int tries) {
  const auto found = routed_.find(ticket);
  if (found == routed_.end() || found->second.tries != tries)
    return;
  members_[found->second.member].is_up = false;
  --members_[found->second.member].outstanding;
  if (tries < most_tries)
    return route(ticket);
  routed_.erase(found);
  owed_.settle(ticket, core::fail(core::error_code::unavailable, "The embedding workers went down."));
  quit_when_idle();
}

void embedding_pool_state::finish(std::uint64_t ticket, core::result<vision::analysis> outcome) {
  const auto& picture = routed_.at(ticket);
  if (picture.tries > 0)
    --members_[picture.member].outstanding;
  routed_.erase(ticket);
  owed_.settle(ticket, std::move(outcome));
  quit_when_idle();
}

void embedding_pool_state::quit_when_idle() {
  if (is_draining_ && owed_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

void embedding_pool_state::lose_member(const caf::down_msg& down) {
  for (std::size_t at = 0; at < members_.size(); ++at) {
    if (members_[at].actor.address() != down.source)
      continue;
    if (down.reason != caf::exit_reason::user_shutdown)
      core::log(core::log_level::failure, "embedding", "an EMBEDDING actor went down",
                {{"member", std::to_string(at)}});
    members_[at].is_up = false;
    std::vector<std::pair<std::uint64_t, int>> lost;
    for (const auto& [ticket, picture] : routed_)
      if (picture.member == at && picture.tries > 0)
        lost.emplace_back(ticket, picture.tries);
    for (const auto& [ticket, tries] : lost)
      lose(ticket, tries);
  }
}

embedding_actor::behavior_type embedding_pool_state::start(const std::vector<embedding_member>& members,
                                                           embedding_pool_settings settings,
                                                           core::metric_registry& metrics) {
  install_handlers(self_, "embedding");
  settings_ = settings;
  refused_ = &metrics.make_counter("rollcall_embedding_pool_refused_total", "Pictures refused by the pool", {});
  for (const auto& [actor, workers] : members) {
    members_.push_back({actor, workers});
    self_->monitor(actor);
  }
  self_->set_exit_handler([this](caf::exit_msg&) {
    is_draining_ = true;
    quit_when_idle();
  });
  self_->set_down_handler([this](caf::down_msg& down) { lose_member(down); });
  return {
      [this](analyze_request& request) { return accept(request); },
      [this](const status_request&) {
        return embedding_status{workers(), owed_.size()};
      },
  };
}

embedding_actor::behavior_type run_embedding_pool(embedding_actor::stateful_pointer<embedding_pool_state> self,
                                                  const std::vector<embedding_member>& members,
                                                  const embedding_pool_settings& settings,
                                                  core::metric_registry* metrics) {
  return self->state.start(members, settings, *metrics);
}

} // namespace

embedding_actor embedding_pool(caf::actor_system& system, std::vector<embedding_member> members,
                               embedding_pool_settings settings, core::metric_registry& metrics) {
  ROLLCALL_ASSERT(!members.empty() && settings.outstanding >= 1);
  return system.spawn(run_embedding_pool, std::move(members), settings, &metrics);
}

} // namespace rollcall::actors
