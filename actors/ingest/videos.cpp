#include "actors/ingest/videos.hpp"

#include "actors/handlers.hpp"
#include "actors/ingest/ask_store.hpp"
#include "actors/ingest/video_keeper.hpp"
#include "actors/retire.hpp"

#include <map>
#include <utility>

namespace rollcall::actors {

struct video_ended {
  std::string id;
  video_run_end how = video_run_end::stopped;
};

struct forget_videos {};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::video_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::forget_videos)

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;
using videos_self = videos_actor::extend<caf::reacts_to<video_ended>, caf::reacts_to<forget_videos>>;

constexpr int looks_a_lease = 4;
constexpr std::chrono::minutes between_prunes{1};
constexpr milliseconds between_parts{100};
constexpr std::size_t results_a_prune = 10'000;

class videos_state {
public:
  static constexpr const char* name = "videos";

  explicit videos_state(videos_self::pointer self) : self_(self) {}
  ~videos_state();

  videos_self::behavior_type start(videos_settings settings, videos_claims claims, video_ports ports,
                                   core::metric_registry& metrics);

private:
  using jobs = std::vector<store::video_job>;

  void round();
  void renew(jobs open);
  void follow(const jobs& open, const std::vector<store::video_claim>& held);
  void claim(const std::string& id);
  void begin(store::video_job claimed);
  void ended(const video_ended& what);
  void count(video_run_end how);
  void failed(const core::error& why);
  void next_round();
  void give_up_late();
  void stop_all();
  void drain();
  void quit_when_done();
  void prune();
  [[nodiscard]] core::deadline in_time() const { return core::deadline::in(claims_.lease); }

  videos_self::pointer self_;
  videos_settings settings_;
  videos_claims claims_;
  video_ports ports_;
  std::optional<video_keeper> keeper_;
  std::map<std::string, std::shared_ptr<video_worker>> running_; ///< by id
  std::size_t claiming_ = 0;                                     ///< claims on their way
  core::steady_time renewed_{}; ///< before the last prolongation that succeeded was asked for
  bool is_draining_ = false;
  core::gauge* shown_ = nullptr;
  core::counter* analysed_ = nullptr;
  core::counter* succeeded_ = nullptr;
  core::counter* failed_ = nullptr;
};

videos_state::~videos_state() {
  for (auto& [id, one] : running_) {
    one->stop();
    retire(self_->system(), std::move(one));
  }
}

// -- rounds

void videos_state::round() {
  if (is_draining_)
    return;
  give_up_late();
  ask_store<store_read>(
      self_, ports_.store, in_time(), [](store::store& in) { return in.videos().list_open(); },
      [this](jobs open) { renew(std::move(open)); }, [this](const core::error& why) { failed(why); });
}

void videos_state::renew(jobs open) {
  const auto asked = std::chrono::steady_clock::now();
  if (running_.empty()) {
    renewed_ = asked;
    return follow(open, {});
  }
  ask_store<store_write>(
      self_, ports_.store, in_time(),
      [node = claims_.node, lease = claims_.lease](store::store& in) { return in.videos().renew(node, lease); },
      [this, asked, open = std::move(open)](const std::vector<store::video_claim>& held) {
        renewed_ = asked;
        follow(open, held);
      },
      [this](const core::error& why) { failed(why); });
}

void videos_state::follow(const jobs& open, const std::vector<store::video_claim>& held) {
  if (is_draining_)
    return;
  const auto plan = keeper_->decide(std::chrono::steady_clock::now(), open, held);
  for (const auto& id : plan.lose)
    if (const auto found = running_.find(id); found != running_.end())
      found->second->stop();
  if (claiming_ == 0) // else their answers are not in yet
    for (const auto& id : plan.claim)
      claim(id);
  next_round();
}

void videos_state::claim(const std::string& id) {
  ++claiming_;
  ask_store<store_write>(
      self_, ports_.store, in_time(),
      [id, node = claims_.node, lease = claims_.lease](store::store& in) { return in.videos().claim(id, node, lease); },
      [this](store::video_job claimed) {
        --claiming_;
        begin(std::move(claimed));
      },
      [this, id](const core::error& why) {
        --claiming_;
        if (why.code != core::error_code::conflict) // another node was first
          core::log(core::log_level::warning, "ingest", "a video job could not be claimed",
                    {{"job", id}, {"error", why.message}});
      });
}

void videos_state::begin(store::video_job claimed) {
  if (is_draining_ || running_.contains(claimed.id))
    return; // the claim runs out
  core::log(core::log_level::note, "ingest", "a video job is done here",
            {{"job", claimed.id}, {"bucket", claimed.bucket}, {"object", claimed.object}});
  const auto id = claimed.id;
  keeper_->note_running({id, claimed.epoch});
  running_[id] =
      std::make_shared<video_worker>(self_->system(), std::move(claimed), settings_.working, ports_, *analysed_,
                                     [home = caf::actor_cast<caf::actor>(self_), id](video_run_end how) {
                                       caf::anon_send(home, video_ended{id, how});
                                     });
  shown_->set(static_cast<double>(running_.size()));
}

void videos_state::ended(const video_ended& what) {
  const auto found = running_.find(what.id);
  if (found == running_.end())
    return;
  retire(self_->system(), std::move(found->second)); // its thread is about to end
  running_.erase(found);
  keeper_->note_ended(what.id);
  shown_->set(static_cast<double>(running_.size()));
  count(what.how);
  if (is_draining_)
    quit_when_done();
}

void videos_state::count(video_run_end how) {
  if (how == video_run_end::succeeded)
    succeeded_->add();
  if (how == video_run_end::failed)
    failed_->add();
}

void videos_state::failed(const core::error& why) {
  core::log(core::log_level::warning, "ingest", "the store could not be asked for video jobs",
            {{"error", why.message}});
  next_round();
}

void videos_state::next_round() {
  if (!is_draining_)
    self_->delayed_send(self_, claims_.lease / looks_a_lease, do_round{});
}

// The store may give a claim to another node when it has run out there; here that is so a little earlier.
void videos_state::give_up_late() {
  if (!running_.empty() && std::chrono::steady_clock::now() - renewed_ >= claims_.lease)
    stop_all();
}

void videos_state::stop_all() {
  for (const auto& [id, one] : running_)
    one->stop();
}

// -- the end

void videos_state::drain() {
  is_draining_ = true;
  stop_all();
  quit_when_done();
}

void videos_state::quit_when_done() {
  if (!running_.empty())
    return;
  const auto done = [this] { self_->quit(caf::exit_reason::user_shutdown); };
  ask_store<store_write>(
      self_, ports_.store, in_time(),
      [node = claims_.node](store::store& in) { return in.videos().renew(node, milliseconds{0}); },
      [done](const std::vector<store::video_claim>&) { done(); }, [done](const core::error&) { done(); });
}

void videos_state::prune() {
  const auto before = core::system_wall_clock{}.now() - settings_.keep;
  ask_store<store_write>(
      self_, ports_.store, in_time(), [before](store::store& in) { return in.videos().prune(before, results_a_prune); },
      [this](bool is_more) {
        self_->delayed_send(self_, is_more ? between_parts : milliseconds{between_prunes}, forget_videos{});
      },
      [this](const core::error&) { self_->delayed_send(self_, between_prunes, forget_videos{}); });
}

videos_self::behavior_type videos_state::start(videos_settings settings, videos_claims claims, video_ports ports,
                                               core::metric_registry& metrics) {
  install_handlers(self_, "videos");
  settings_ = std::move(settings);
  claims_ = std::move(claims);
  ports_ = std::move(ports);
  keeper_.emplace(claims_.node, claims_.lease, settings_.at_once);
  shown_ = &metrics.make_gauge("rollcall_video_jobs", "Video jobs that are done on this node", {});
  analysed_ = &metrics.make_counter("rollcall_video_frames_total", "Frames of stored videos that were analysed", {});
  const auto outcome = [&](const std::string& how) {
    return &metrics.make_counter("rollcall_video_jobs_total", "Video jobs that this node has ended",
                                 {{"outcome", how}});
  };
  succeeded_ = outcome("succeeded");
  failed_ = outcome("failed");
  self_->set_exit_handler([this](const caf::exit_msg&) { drain(); });
  self_->send(self_, do_round{});
  self_->send(self_, forget_videos{});
  return {
      [this](const do_round&) { round(); },
      [this](const video_ended& what) { ended(what); },
      [this](const forget_videos&) { prune(); },
  };
}

videos_self::behavior_type run_videos(videos_self::stateful_pointer<videos_state> self, const videos_settings& settings,
                                      const videos_claims& claims, const video_ports& ports,
                                      core::metric_registry* metrics) {
  return self->state.start(settings, claims, ports, *metrics);
}

} // namespace

videos_actor videos(caf::actor_system& system, videos_settings settings, videos_claims claims, video_ports ports,
                    core::metric_registry& metrics) {
  return system.spawn(run_videos, std::move(settings), std::move(claims), std::move(ports), &metrics);
}

} // namespace rollcall::actors
