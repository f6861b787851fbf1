#include "actors/embedding/embedding_pool.hpp"

#include "actors/embedding/embedder_table.hpp"
#include "actors/handlers.hpp"
#include "actors/reply_table.hpp"
#include "actors/request_timeout.hpp"
#include "core/assert.hpp"

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::chrono::milliseconds status_timeout{2'000};

// A picture on its way: to which member, and on which try.
struct routed {
  analyze_request request;
  std::size_t member = 0;
  int tries = 0;
};

// What says nothing about the picture: another may take it.
bool is_of_the_member(core::error_code code) {
  using enum core::error_code;
  return code == unavailable || code == overloaded || code == unsupported || code == model_mismatch || code == corrupt;
}

class embedding_pool_state {
public:
  static constexpr const char* name = "embedding_pool";

  explicit embedding_pool_state(embedding_pool_actor::pointer self) : self_(self) {}

  embedding_pool_actor::behavior_type start(std::vector<embedding_member> members, embedding_pool_settings settings,
                                            core::metric_registry& metrics);

private:
  using reply = caf::typed_response_promise<vision::analysis>;
  static constexpr int most_tries = 2;

  reply accept(analyze_request& request);
  void follow(const cluster_routes& routes);
  void ask_workers(std::size_t index);
  void route(std::uint64_t ticket);
  [[nodiscard]] bool is_on_try(std::uint64_t ticket, int tries) const;
  void miss(std::uint64_t ticket, int tries, core::error why);
  void finish(std::uint64_t ticket, core::result<vision::analysis> outcome);
  void quit_when_idle();
  void lose_member(const caf::down_msg& down);

  embedding_pool_actor::pointer self_;
  embedding_pool_settings settings_;
  core::counter* refused_ = nullptr;
  core::counter* rerouted_ = nullptr;
  core::counter* sent_away_ = nullptr;
  embedder_table members_;
  std::set<std::size_t> unknown_; ///< members that have not said how many workers they have
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

void embedding_pool_state::follow(const cluster_routes& routes) {
  for (const auto added : members_.follow(routes.embedders)) {
    self_->monitor(members_.at(added));
    unknown_.insert(added);
  }
  for (const auto index : unknown_)
    ask_workers(index);
}

void embedding_pool_state::ask_workers(std::size_t index) {
  self_->request(members_.at(index), status_timeout, status_request{})
      .then(
          [this, index](const embedding_status& status) {
            members_.learn(index, status.workers);
            unknown_.erase(index);
          },
          [](const caf::error&) {}); // asked again when it answers a picture
}

void embedding_pool_state::route(std::uint64_t ticket) {
  auto& picture = routed_.at(ticket);
  const auto before = picture.tries > 0 ? std::optional{picture.member} : std::nullopt;
  const auto target = members_.choose(before, std::chrono::steady_clock::now());
  if (!target)
    return finish(ticket, core::fail(core::error_code::unavailable, "No embedding worker is left."));
  if (picture.request.until.has_passed())
    return finish(ticket, core::fail(core::error_code::deadline_exceeded, "The deadline passed."));
  picture.member = *target;
  const auto tries = ++picture.tries;
  members_.begin(*target);
  if (!members_.is_own(*target))
    sent_away_->add();
  self_->request(members_.at(*target), request_timeout(picture.request.until), picture.request)
      .then(
          [this, ticket, tries](vision::analysis& done) {
            if (!is_on_try(ticket, tries))
              return;
            const auto by = routed_.at(ticket).member;
            members_.end(by);
            if (unknown_.contains(by))
              ask_workers(by);
            finish(ticket, std::move(done));
          },
          [this, ticket, tries](caf::error& failed) { miss(ticket, tries, to_core(failed)); });
}

bool embedding_pool_state::is_on_try(std::uint64_t ticket, int tries) const {
  const auto found = routed_.find(ticket);
  return found != routed_.end() && found->second.tries == tries;
}

// Both the failed request and the end of the member that had it may tell of the same loss; the second finds the picture
// on its next try, or answered.
void embedding_pool_state::miss(std::uint64_t ticket, int tries, core::error why) {
  if (!is_on_try(ticket, tries))
    return;
  const auto member = routed_.at(ticket).member;
  members_.end(member);
  const auto now = std::chrono::steady_clock::now();
  if (is_of_the_member(why.code) && why.code != core::error_code::overloaded)
    members_.avoid(member, now);
  if (!is_of_the_member(why.code) || tries == most_tries || !members_.choose(member, now))
    return finish(ticket, std::move(why));
  rerouted_->add();
  route(ticket);
}

void embedding_pool_state::finish(std::uint64_t ticket, core::result<vision::analysis> outcome) {
  routed_.erase(ticket);
  owed_.settle(ticket, std::move(outcome));
  quit_when_idle();
}

void embedding_pool_state::quit_when_idle() {
  if (is_draining_ && owed_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

void embedding_pool_state::lose_member(const caf::down_msg& down) {
  const auto at = members_.find(down.source);
  if (!at)
    return;
  if (down.reason != caf::exit_reason::user_shutdown)
    core::log(core::log_level::failure, "embedding", "an EMBEDDING actor went down", {{"member", std::to_string(*at)}});
  members_.lose(*at);
  std::vector<std::pair<std::uint64_t, int>> lost;
  for (const auto& [ticket, picture] : routed_)
    if (picture.member == *at && picture.tries > 0)
      lost.emplace_back(ticket, picture.tries);
  for (const auto& [ticket, tries] : lost)
    miss(ticket, tries, core::fail(core::error_code::unavailable, "The embedding workers went down."));
}

embedding_pool_actor::behavior_type embedding_pool_state::start(std::vector<embedding_member> members,
                                                                embedding_pool_settings settings,
                                                                core::metric_registry& metrics) {
  install_handlers(self_, "embedding");
  settings_ = settings;
  refused_ = &metrics.make_counter("rollcall_embedding_pool_refused_total", "Pictures refused by the pool", {});
  rerouted_ = &metrics.make_counter("rollcall_embedding_rerouted_total",
                                    "Pictures that went to another embedder after the first one failed", {});
  sent_away_ =
      &metrics.make_counter("rollcall_embedding_remote_total", "Pictures sent to embedders of other nodes", {});
  for (auto& [actor, workers] : members) {
    self_->monitor(actor);
    members_.add_own(std::move(actor), workers);
  }
  self_->set_exit_handler([this](caf::exit_msg&) {
    is_draining_ = true;
    quit_when_idle();
  });
  self_->set_down_handler([this](caf::down_msg& down) { lose_member(down); });
  return {
      [this](analyze_request& request) { return accept(request); },
      [this](const status_request&) {
        return embedding_status{members_.workers(), owed_.size()};
      },
      [this](const routes_message& message) { follow(*message.routes); },
  };
}

embedding_pool_actor::behavior_type
run_embedding_pool(embedding_pool_actor::stateful_pointer<embedding_pool_state> self,
                   const std::vector<embedding_member>& members, const embedding_pool_settings& settings,
                   core::metric_registry* metrics) {
  return self->state.start(members, settings, *metrics);
}

} // namespace

embedding_pool_actor embedding_pool(caf::actor_system& system, std::vector<embedding_member> members,
                                    embedding_pool_settings settings, core::metric_registry& metrics) {
  ROLLCALL_ASSERT(settings.outstanding >= 1);
  return system.spawn(run_embedding_pool, std::move(members), settings, &metrics);
}

} // namespace rollcall::actors
