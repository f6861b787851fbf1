#include "actors/ingest/camera.hpp"

#include "actors/handlers.hpp"
#include "actors/ingest/ask_store.hpp"
#include "actors/ingest/camera_watch.hpp"
#include "actors/ingest/event_outbox.hpp"
#include "actors/retire.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::actors {

struct frame_ready {};

struct capture_changed {
  capture_change what = capture_change::up;
  std::string why;
};

struct write_events {};

struct end_is_due {};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::frame_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::capture_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::write_events)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::end_is_due)

namespace rollcall::actors {

event_counters::event_counters(core::metric_registry& registry)
    : events(registry.make_counter("rollcall_events_total", "Events of cameras that were stored", {})),
      events_lost(registry.make_counter("rollcall_events_lost_total",
                                        "Events of cameras that the store did not take in time", {})),
      seconds(registry.make_histogram("rollcall_event_seconds", "From a frame to the commit of its event", {},
                                      {.05, .1, .2, .3, .5, .75, 1, 2, 5, 10, 30, 60})) {}

camera_counters::camera_counters(core::metric_registry& registry, const std::string& camera)
    : event_counters(registry),
      frames(
          registry.make_counter("rollcall_camera_frames_total", "Frames of a camera's stream", {{"camera", camera}})),
      analysed(registry.make_counter("rollcall_camera_frames_analysed_total", "Frames of a camera that were analysed",
                                     {{"camera", camera}})),
      dropped(registry.make_counter("rollcall_camera_frames_dropped_total",
                                    "Frames of a camera that were to be analysed, and no worker was there in time",
                                    {{"camera", camera}})),
      unreadable(registry.make_counter("rollcall_camera_frames_unreadable_total",
                                       "Frames of a camera that were to be analysed, and can't be decoded",
                                       {{"camera", camera}})) {}

namespace {

using camera_self = camera_actor::extend<caf::reacts_to<frame_ready>, caf::reacts_to<capture_changed>,
                                         caf::reacts_to<write_events>, caf::reacts_to<end_is_due>>;

constexpr std::size_t events_a_write = 256;
constexpr std::chrono::seconds longest_end{5}; // for searches and writes that are under way

core::wall_time now() {
  return core::system_wall_clock{}.now();
}

class camera_state {
public:
  static constexpr const char* name = "camera";

  explicit camera_state(camera_self::pointer self) : self_(self) {}
  ~camera_state();

  camera_self::behavior_type start(store::stream_processor claimed, std::optional<core::wall_time> since,
                                   camera_settings settings, camera_ports ports, const camera_counters& counters);

private:
  void begin_capture();
  void look();
  void looked(const captured_frame& frame, const vision::analysis& found);
  void count_frames();
  void take(camera_watch::step what);
  void embed(std::vector<shot_to_embed> views);
  void search(shot_to_embed view, std::vector<float> probe);
  void searched(const core::error& failed);
  void changed(const capture_changed& what);
  void post(std::vector<wire::event> events);
  void tell_gap(core::wall_time since, std::string why);
  void write();
  void written();
  void refused(const core::error& failed);
  void report(store::processor_status status, std::string message);
  void end(store::processor_status status, std::string message);
  void settle();
  [[nodiscard]] core::deadline in_time() const { return core::deadline::in(settings_.patience); }

  camera_self::pointer self_;
  store::stream_processor of_;
  camera_settings settings_;
  camera_ports ports_;
  std::optional<camera_counters> counters_;
  std::shared_ptr<capture> capture_;
  std::optional<camera_watch> watch_;
  std::optional<event_outbox> outbox_;
  bool is_looking_ = false;
  std::size_t searching_ = 0;
  std::uint64_t counted_frames_ = 0;
  std::uint64_t counted_dropped_ = 0;
  std::uint64_t counted_unreadable_ = 0;
  bool is_ending_ = false;
  bool is_lost_ = false;
  bool has_said_so_ = false;                                  ///< the last word is on its way
  std::pair<store::processor_status, std::string> last_word_; ///< of one that ends
};

camera_state::~camera_state() {
  if (capture_) {
    capture_->stop();
    retire(self_->system(), std::move(capture_)); // a read may be under way
  }
}

// -- frames

void camera_state::begin_capture() {
  constexpr std::string_view repeat = "?repeat";
  auto settings = settings_.capturing;
  auto input = of_.input;
  settings.repeats = input.starts_with("file:") && input.ends_with(repeat); // of another it is part of its query
  if (settings.repeats)
    input.resize(input.size() - repeat.size());
  auto home = caf::actor_cast<caf::actor>(self_);
  capture_ =
      std::make_shared<capture>(settings, capture_ports{[open = settings_.open, input] { return open(input); },
                                                        [home] { caf::anon_send(home, frame_ready{}); },
                                                        [home](capture_change what, std::string why) {
                                                          caf::anon_send(home, capture_changed{what, std::move(why)});
                                                        }});
}

void camera_state::look() {
  if (is_looking_ || is_ending_ || !capture_)
    return;
  auto frame = capture_->take();
  if (!frame)
    return;
  is_looking_ = true;
  vision::analyze_options options;
  options.filter = vision::quality_filter::automatic;
  options.keep_aligned = true;
  frame_request wanted{frame->image, options, in_time()};
  frame->image = {};
  self_->request(ports_.embedding, settings_.patience, std::move(wanted))
      .then([this, frame = *frame](const vision::analysis& found) { looked(frame, found); },
            [this](const caf::error&) {
              counters_->dropped.add();
              is_looking_ = false;
              look();
              settle();
            });
}

void camera_state::looked(const captured_frame& frame, const vision::analysis& found) {
  is_looking_ = false;
  counters_->analysed.add();
  count_frames();
  if (is_ending_)
    return settle();
  take(watch_->look({frame.position, frame.at}, found));
  look();
}

void camera_state::count_frames() {
  const auto add = [](core::counter& to, std::uint64_t total, std::uint64_t& counted) {
    to.add(static_cast<double>(total - std::exchange(counted, total)));
  };
  add(counters_->frames, capture_->frames(), counted_frames_);
  add(counters_->dropped, capture_->dropped(), counted_dropped_);
  add(counters_->unreadable, capture_->unreadable(), counted_unreadable_);
}

void camera_state::take(camera_watch::step what) {
  post(std::move(what.events));
  if (!what.shots.empty())
    embed(std::move(what.shots));
}

// -- searches

void camera_state::embed(std::vector<shot_to_embed> views) {
  embed_request wanted{{}, in_time()};
  for (const auto& view : views)
    wanted.aligned.push_back(view.shot.shows.aligned);
  ++searching_;
  self_->request(ports_.embedding, settings_.patience, std::move(wanted))
      .then(
          [this, views = std::move(views)](embedded& made) {
            for (std::size_t at = 0; at < views.size(); ++at)
              search(views[at], watch_->learn(views[at], std::move(made.embeddings.at(at))));
            --searching_;
            settle();
          },
          [this](const caf::error& failed) { searched(to_core(failed)); });
}

void camera_state::search(shot_to_embed view, std::vector<float> probe) {
  ++searching_;
  person_request wanted{{"camera " + of_.name, {}, {}, "StreamProcessor"}, of_.collection,   {},       of_.threshold,
                        "track " + std::to_string(view.shot.track),        std::move(probe), in_time()};
  self_->request(ports_.search, settings_.patience, std::move(wanted))
      .then(
          [this, view = std::move(view)](persons_found& found) {
            --searching_;
            if (!is_lost_)
              post(watch_->decide(view, std::move(found.candidates)));
            settle();
          },
          [this](const caf::error& failed) { searched(to_core(failed)); });
}

// In vain: the next view of the track is searched for, unless it would never be of any use.
void camera_state::searched(const core::error& failed) {
  --searching_;
  core::log(core::log_level::warning, "camera", "a person in view could not be searched for",
            {{"camera", of_.name}, {"error", failed.message}});
  if (failed.code == core::error_code::not_found)
    end(store::processor_status::failed, "The collection " + of_.collection + " does not exist any more.");
  if (failed.code == core::error_code::model_mismatch)
    end(store::processor_status::failed, failed.message);
  settle();
}

// -- the stream

void camera_state::changed(const capture_changed& what) {
  using enum capture_change;
  if (is_ending_)
    return;
  count_frames();
  switch (what.what) {
    case up:
      post({watch_->tell(wire::event_kind::camera_up, now(), what.why)});
      return report(store::processor_status::running, "");
    case down:
      take(watch_->finish(now()));
      post({watch_->tell(wire::event_kind::camera_down, now(), what.why)});
      return report(store::processor_status::running, what.why);
    case stalled:
      return post({watch_->tell(wire::event_kind::camera_stalled, now(), what.why)});
    case clock_set:
      return post({watch_->tell(wire::event_kind::clock_set, now(), what.why)});
    case over:
      return end(store::processor_status::stopped, what.why);
    case failed:
      return end(store::processor_status::failed, what.why);
  }
}

// -- events

void camera_state::post(std::vector<wire::event> events) {
  for (auto& one : events)
    counters_->events_lost.add(static_cast<double>(outbox_->add(std::move(one))));
  write();
}

void camera_state::tell_gap(core::wall_time since, std::string why) {
  auto gap = watch_->tell(wire::event_kind::gap, now(), std::move(why));
  gap.gap_from = since;
  post({std::move(gap)});
}

void camera_state::write() {
  if (is_lost_)
    return;
  std::vector<store::event_record> records;
  for (const auto& one : outbox_->begin(events_a_write))
    records.push_back(to_record(one, of_.key));
  if (records.empty())
    return;
  ask_store<store_write>(
      self_, ports_.store, in_time(),
      [key = of_.key, epoch = of_.epoch, records = std::move(records)](store::store& in) {
        return in.append_events(key, epoch, records);
      },
      [this](const std::vector<std::uint64_t>&) { written(); }, [this](const core::error& failed) { refused(failed); });
}

void camera_state::written() {
  const auto at = now();
  for (const auto& one : outbox_->settle(true)) {
    const std::chrono::duration<double> took = at - one.captured;
    counters_->seconds.observe(took.count());
    counters_->events.add();
  }
  if (const auto since = outbox_->take_loss())
    tell_gap(*since, "Events were lost: the store did not take them in time.");
  write();
  settle();
}

void camera_state::refused(const core::error& failed) {
  outbox_->settle(false);
  if (failed.code == core::error_code::conflict || failed.code == core::error_code::not_found) {
    is_lost_ = true; // another node's, or deleted
    return self_->quit();
  }
  core::log(core::log_level::warning, "camera", "events could not be stored yet",
            {{"camera", of_.name}, {"error", failed.message}});
  self_->delayed_send(self_, settings_.write_again, write_events{});
}

void camera_state::report(store::processor_status status, std::string message) {
  ask_store<store_write>(
      self_, ports_.store, in_time(),
      [key = of_.key, epoch = of_.epoch, status, message = std::move(message)](store::store& in) {
        return in.report_processor(key, epoch, status, message, now());
      },
      [this, status](const store::stream_processor&) {
        if (status != store::processor_status::running)
          self_->quit();
      },
      [this, status](const core::error&) {
        if (status != store::processor_status::running)
          self_->quit(); // INGEST claims it again, and ends it
      });
}

// -- the end

void camera_state::end(store::processor_status status, std::string message) {
  if (is_ending_)
    return;
  is_ending_ = true;
  capture_->stop();
  take(watch_->finish(now()));
  if (status != store::processor_status::starting)
    post({watch_->tell(wire::event_kind::camera_down, now(), message)});
  last_word_ = {status, std::move(message)};
  self_->delayed_send(self_, longest_end, end_is_due{});
  settle();
}

// One that ends has ended when nothing of it is under way.
void camera_state::settle() {
  if (!is_ending_ || has_said_so_ || is_looking_ || searching_ > 0 || !outbox_->empty())
    return;
  const auto [status, message] = std::exchange(last_word_, {});
  has_said_so_ = true;
  report(status, message);
}

camera_self::behavior_type camera_state::start(store::stream_processor claimed, std::optional<core::wall_time> since,
                                               camera_settings settings, camera_ports ports,
                                               const camera_counters& counters) {
  install_handlers(self_, "camera");
  of_ = std::move(claimed);
  settings_ = std::move(settings);
  ports_ = std::move(ports);
  counters_.emplace(counters);
  watch_.emplace(of_, settings_.tracking, settings_.confirmations);
  outbox_.emplace(settings_.most_waiting);
  if (since)
    tell_gap(*since, "Nobody watched: the node that did is gone.");
  begin_capture();
  return {
      [this](const end_camera& how) {
        end(how.is_given_back ? store::processor_status::starting : store::processor_status::stopped, "");
      },
      [this](const lose_camera&) {
        is_lost_ = true;
        self_->quit();
      },
      [this](const frame_ready&) { look(); },
      [this](const capture_changed& what) { changed(what); },
      [this](const write_events&) { write(); },
      [this](const end_is_due&) { self_->quit(); },
  };
}

camera_self::behavior_type run_camera(camera_self::stateful_pointer<camera_state> self,
                                      const store::stream_processor& claimed,
                                      const std::optional<core::wall_time>& since, const camera_settings& settings,
                                      const camera_ports& ports, const camera_counters& counters) {
  return self->state.start(claimed, since, settings, ports, counters);
}

} // namespace

camera_actor camera(caf::actor_system& system, store::stream_processor claimed, std::optional<core::wall_time> since,
                    camera_settings settings, camera_ports ports, const camera_counters& counters) {
  return system.spawn(run_camera, std::move(claimed), since, std::move(settings), std::move(ports), counters);
}

} // namespace rollcall::actors
