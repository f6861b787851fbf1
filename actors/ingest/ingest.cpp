#include "actors/ingest/ingest.hpp"

#include "actors/handlers.hpp"
#include "actors/ingest/ask_store.hpp"
#include "actors/ingest/person_search.hpp"
#include "actors/ingest/pushed_feed.hpp"
#include "store/processor_course.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace rollcall::actors {

struct round_due {};
struct prune_due {};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::round_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::prune_due)

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;
using ingest_self = local_ingest_actor::extend<caf::reacts_to<round_due>, caf::reacts_to<prune_due>>;

constexpr int rounds_a_lease = 4;
constexpr std::chrono::minutes prune_pause{1};
constexpr std::size_t events_a_prune = 10'000;
constexpr std::size_t processors_a_page = 1'000;

core::result<std::vector<store::stream_processor>> list_under_way(store::store& in) {
  std::vector<store::stream_processor> all;
  for (std::string after;;) {
    ROLLCALL_TRY(auto page, in.list_processors(after, processors_a_page));
    for (auto& one : page.rows)
      if (store::is_under_way(one.status))
        all.push_back(std::move(one));
    if (!page.next)
      return all;
    after = *page.next;
  }
}

struct pushed_camera {
  std::string channel;
  std::string collection;
  std::shared_ptr<frame_inbox> inbox;
  camera_counters counters;
};

class ingest_state {
public:
  static constexpr const char* name = "ingest";

  explicit ingest_state(ingest_self::pointer self) : self_(self) {}

  ingest_self::behavior_type start(ingest_settings settings, ingest_ports ports, core::metric_registry& metrics);

private:
  using processors = std::vector<store::stream_processor>;

  void round();
  void renew(processors under_way);
  void follow(const processors& under_way, const std::vector<store::processor_claim>& held);
  void claim(const store::stream_processor& wanted);
  void claimed(const store::stream_processor& now, const std::optional<core::wall_time>& since);
  void round_failed(const core::error& failed);
  void next_round();
  void give_up_late();
  [[nodiscard]] core::deadline until_late() const;
  void note_down(const caf::actor_addr& gone);
  [[nodiscard]] camera_settings settings_of(const store::stream_processor& camera, const camera_counters& counters);
  [[nodiscard]] caf::result<frame_taken> take(const pushed_frame& frame);
  void drain();
  void quit_when_done();
  void prune();
  [[nodiscard]] milliseconds pause() const { return settings_.keeper.lease / rounds_a_lease; }
  [[nodiscard]] core::deadline in_time() const { return core::deadline::in(settings_.keeper.lease); }

  ingest_self::pointer self_;
  ingest_settings settings_;
  std::optional<ingest_ports> ports_;
  std::optional<camera_keeper> keeper_;
  core::metric_registry* metrics_ = nullptr;
  core::gauge* cameras_ = nullptr;
  person_search_actor search_;
  videos_actor videos_; ///< null once it has ended
  std::map<core::uuid, camera_actor> running_;
  std::map<core::uuid, pushed_camera> pushed_; ///< of those that run, whose frames are pushed
  core::steady_time renewed_{};                ///< before the last prolongation that succeeded was asked for
  bool is_draining_ = false;
};

// -- rounds

void ingest_state::round() {
  if (is_draining_)
    return;
  ask_store<store_read>(
      self_, ports_->store, until_late(), list_under_way, [this](processors under_way) { renew(std::move(under_way)); },
      [this](const core::error& failed) { round_failed(failed); });
}

void ingest_state::renew(processors under_way) {
  const auto asked = std::chrono::steady_clock::now();
  if (running_.empty()) {
    renewed_ = asked;
    return follow(under_way, {});
  }
  ask_store<store_write>(
      self_, ports_->store, until_late(),
      [node = settings_.keeper.node, lease = settings_.keeper.lease](store::store& in) {
        return in.renew_claims(node, lease);
      },
      [this, asked, under_way = std::move(under_way)](const std::vector<store::processor_claim>& held) {
        renewed_ = asked;
        follow(under_way, held);
      },
      [this](const core::error& failed) { round_failed(failed); });
}

void ingest_state::follow(const processors& under_way, const std::vector<store::processor_claim>& held) {
  if (is_draining_)
    return;
  const auto plan = keeper_->decide(std::chrono::steady_clock::now(), under_way, held);
  for (const auto& key : plan.lose)
    if (const auto found = running_.find(key); found != running_.end())
      caf::anon_send(found->second, lose_camera{});
  for (const auto& key : plan.end)
    if (const auto found = running_.find(key); found != running_.end())
      caf::anon_send(found->second, end_camera{});
  for (const auto& key : plan.give)
    if (const auto found = running_.find(key); found != running_.end())
      caf::anon_send(found->second, end_camera{.is_given_back = true});
  for (const auto& one : plan.claim)
    claim(one);
  next_round();
}

void ingest_state::claim(const store::stream_processor& wanted) {
  ask_store<store_write>(
      self_, ports_->store, in_time(),
      [key = wanted.key, node = settings_.keeper.node, lease = settings_.keeper.lease](store::store& in) {
        return in.claim_processor(key, node, lease);
      },
      [this, since = last_watched(wanted, settings_.keeper.lease)](const store::stream_processor& now) {
        claimed(now, since);
      },
      [name = wanted.name](const core::error& failed) {
        if (failed.code != core::error_code::conflict) // another node was first
          core::log(core::log_level::warning, "ingest", "a camera could not be claimed",
                    {{"camera", name}, {"error", failed.message}});
      });
}

void ingest_state::claimed(const store::stream_processor& now, const std::optional<core::wall_time>& since) {
  if (is_draining_ || running_.contains(now.key))
    return;                                              // the claim runs out
  if (now.status == store::processor_status::stopping) { // its node is gone: nobody else would say so
    ask_store<store_write>(
        self_, ports_->store, in_time(),
        [key = now.key, epoch = now.epoch](store::store& in) {
          return in.report_processor(key, epoch, store::processor_status::stopped, "", core::system_wall_clock{}.now());
        },
        [](const store::stream_processor&) {}, [](const core::error&) {});
    return;
  }
  core::log(core::log_level::note, "ingest", "a camera runs here", {{"camera", now.name}});
  const camera_counters counters(*metrics_, now.name);
  const auto made = camera(self_->system(), now, since, settings_of(now, counters),
                           {ports_->embedding, search_, ports_->store}, counters);
  self_->monitor(made);
  running_[now.key] = made;
  keeper_->note_running({now.key, now.epoch});
  cameras_->set(static_cast<double>(running_.size()));
}

void ingest_state::round_failed(const core::error& failed) {
  core::log(core::log_level::warning, "ingest", "the store could not be asked for cameras",
            {{"error", failed.message}});
  give_up_late();
  next_round();
}

void ingest_state::next_round() {
  if (!is_draining_)
    self_->delayed_send(self_, pause(), round_due{});
}

// The store may give a claim to another node when it has run out there; here that is so a little earlier. No round
// lasts longer.
core::deadline ingest_state::until_late() const {
  return running_.empty() ? in_time() : core::deadline{renewed_ + settings_.keeper.lease};
}

void ingest_state::give_up_late() {
  if (running_.empty() || !until_late().has_passed())
    return;
  for (const auto& [key, one] : running_)
    caf::anon_send(one, lose_camera{});
}

void ingest_state::note_down(const caf::actor_addr& gone) {
  if (videos_ && gone == videos_.address()) {
    videos_ = nullptr;
    return quit_when_done();
  }
  const auto found = std::ranges::find_if(running_, [&](const auto& one) { return one.second.address() == gone; });
  if (found == running_.end())
    return;
  keeper_->note_ended(found->first);
  if (const auto pushed = pushed_.find(found->first); pushed != pushed_.end()) {
    pushed->second.inbox->close();
    pushed_.erase(pushed);
  }
  running_.erase(found);
  cameras_->set(static_cast<double>(running_.size()));
  quit_when_done();
}

// -- frames that are pushed

camera_settings ingest_state::settings_of(const store::stream_processor& camera, const camera_counters& counters) {
  auto made = settings_.camera;
  if (!camera.input.starts_with(pushed_scheme))
    return made;
  auto inbox = std::make_shared<frame_inbox>();
  pushed_.emplace(camera.key,
                  pushed_camera{camera.input.substr(pushed_scheme.size()), camera.collection, inbox, counters});
  made.capturing.longest_pause = made.capturing.first_pause; // there is nobody who could be called too often
  made.open = [inbox = std::move(inbox)](const std::string&) -> core::result<std::unique_ptr<feed>> {
    return make_pushed_feed(inbox);
  };
  return made;
}

caf::result<frame_taken> ingest_state::take(const pushed_frame& frame) {
  const auto came = std::chrono::steady_clock::now();
  const auto& own = frame.collections;
  bool is_known = false;
  bool is_taken = false;
  for (auto& [key, camera] : pushed_) {
    if (camera.channel != frame.channel)
      continue;
    is_known = true;
    if (!own.empty() && std::ranges::find(own, camera.collection) == own.end())
      continue;
    if (!camera.inbox->put({frame.picture, frame.at, came}))
      camera.counters.dropped.add();
    is_taken = true;
  }
  if (is_taken)
    return frame_taken{};
  return to_caf(is_known ? core::fail(core::error_code::access_denied, "The camera is not of the key's collections.")
                         : core::fail(core::error_code::not_found,
                                      "No camera with the input zmq://" + frame.channel + " runs on this node."));
}

// -- the end

void ingest_state::drain() {
  is_draining_ = true;
  for (const auto& [key, one] : running_)
    caf::anon_send(one, end_camera{.is_given_back = true});
  if (videos_)
    caf::anon_send_exit(videos_, caf::exit_reason::user_shutdown);
  quit_when_done();
}

void ingest_state::quit_when_done() {
  if (!is_draining_ || !running_.empty() || videos_)
    return;
  caf::anon_send_exit(search_, caf::exit_reason::user_shutdown);
  self_->quit(caf::exit_reason::user_shutdown);
}

void ingest_state::prune() {
  const auto before = core::system_wall_clock{}.now() - settings_.keep_events;
  ask_store<store_write>(
      self_, ports_->store, in_time(), [before](store::store& in) { return in.prune_events(before, events_a_prune); },
      [this](std::uint64_t gone) {
        self_->delayed_send(self_, gone == events_a_prune ? milliseconds{100} : milliseconds{prune_pause}, prune_due{});
      },
      [this](const core::error&) { self_->delayed_send(self_, prune_pause, prune_due{}); });
}

ingest_self::behavior_type ingest_state::start(ingest_settings settings, ingest_ports ports,
                                               core::metric_registry& metrics) {
  install_handlers(self_, "ingest");
  settings_ = std::move(settings);
  ports_ = std::move(ports);
  keeper_.emplace(settings_.keeper);
  metrics_ = &metrics;
  static_cast<void>(event_counters{metrics}); // they are there also while no camera runs
  cameras_ = &metrics.make_gauge("rollcall_cameras", "Cameras that run on this node", {});
  search_ = person_search(self_->system(), {ports_->coordinator, ports_->store, ports_->curve, ports_->model_version},
                          settings_.candidates);
  videos_ = videos(self_->system(), settings_.videos, {settings_.keeper.node, settings_.keeper.lease},
                   {ports_->embedding, search_, ports_->store}, metrics);
  self_->monitor(videos_);
  self_->set_down_handler([this](const caf::down_msg& down) { note_down(down.source); });
  self_->set_exit_handler([this](const caf::exit_msg&) { drain(); });
  self_->send(self_, round_due{});
  self_->send(self_, prune_due{});
  return {
      [this](const pushed_frame& frame) { return take(frame); },
      [this](const ingest_share& share) { keeper_->learn(share); },
      [this](const round_due&) { round(); },
      [this](const prune_due&) { prune(); },
  };
}

ingest_self::behavior_type run_ingest(ingest_self::stateful_pointer<ingest_state> self, const ingest_settings& settings,
                                      const ingest_ports& ports, core::metric_registry* metrics) {
  return self->state.start(settings, ports, *metrics);
}

} // namespace

local_ingest_actor ingest(caf::actor_system& system, ingest_settings settings, ingest_ports ports,
                          core::metric_registry& metrics) {
  return system.spawn(run_ingest, std::move(settings), std::move(ports), &metrics);
}

} // namespace rollcall::actors
