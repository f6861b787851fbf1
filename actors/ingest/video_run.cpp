#include "actors/ingest/video_run.hpp"

#include "core/log.hpp"
#include "wire/videos.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;

std::string metadata_of(const vision::video_facts& from) {
  return wire::encode_part(wire::video_metadata{from.codec, from.duration.count(), from.format,
                                                static_cast<float>(from.frames_per_s), from.height_px, from.width_px});
}

wire::face_match to_match(const wire::event_candidate& found, const store::face_record& record) {
  wire::face_match made;
  made.similarity = found.similarity;
  made.face.face_id = record.id;
  made.face.bounding_box = record.box;
  made.face.image_id = record.image;
  made.face.external_image_id = record.external_image_id;
  made.face.confidence = record.confidence;
  made.face.index_faces_model_version = record.model_version;
  made.face.user_id = record.user_id;
  return made;
}

// Empty where nobody was found.
std::string encode_matches(const persons_found& found) {
  std::vector<wire::face_match> matches;
  for (std::size_t at = 0; at < found.candidates.size(); ++at)
    matches.push_back(to_match(found.candidates[at], found.records.at(at)));
  return matches.empty() ? std::string{} : wire::encode_part(matches);
}

// Of a person tracking: surer faces first.
std::uint32_t rank_of(const vision::face& shows) {
  constexpr float thousandths = 1'000;
  return static_cast<std::uint32_t>(std::lround(thousandths * (100 - std::clamp(shows.confidence, 0.0F, 100.0F))));
}

// What has failed by itself may pass; a fault of ours would come again.
bool may_pass(const core::error& failed) {
  return core::is_retryable(failed.code) && failed.code != core::error_code::internal;
}

core::error stopped_error() {
  return core::fail(core::error_code::unavailable, "the run is to stop");
}

} // namespace

video_run::video_run(store::video_job job, const video_run_settings& settings, video_run_ports ports)
    : job_(std::move(job)),
      settings_(settings),
      ports_(std::move(ports)),
      persons_(settings.tracking),
      pace_(settings.frames_per_s) {
  step_.step = job_.steps + 1;
  step_.frames = job_.frames;
  step_.metadata = job_.metadata;
}

template <class Call>
auto video_run::persist(const Call& call) -> decltype(call()) {
  for (auto pause = settings_.first_pause;; pause = std::min(2 * pause, settings_.longest_pause)) {
    auto got = call();
    if (got || !may_pass(got.failure()))
      return got;
    if (is_stopped_ || !ports_.pause(pause)) {
      is_stopped_ = true;
      return stopped_error();
    }
  }
}

bool video_run::is_stopping() {
  is_stopped_ = is_stopped_ || !ports_.pause(milliseconds{0});
  return is_stopped_;
}

// Notes where the store says that the job is another's.
core::status video_run::write(core::status outcome) {
  if (!outcome && !is_stopped_)
    is_lost_ =
        outcome.failure().code == core::error_code::conflict || outcome.failure().code == core::error_code::not_found;
  return outcome;
}

video_run_end video_run::run() {
  core::status done = core::nothing{};
  try {
    done = work();
  } catch (const std::exception& failed) {
    done =
        core::fail(core::error_code::internal, "The video could not be analysed: see the node's log.", failed.what());
  }
  feed_.reset();
  if (is_lost_)
    return video_run_end::lost;
  if (is_stopped_)
    return video_run_end::stopped;
  if (done)
    return finish(store::video_status::succeeded, "");
  core::log(core::log_level::warning, "ingest", "a video job has failed",
            {{"job", job_.id}, {"error", done.failure().message}, {"context", done.failure().context}});
  return finish(store::video_status::failed, done.failure().message);
}

video_run_end video_run::finish(store::video_status how, const std::string& message) {
  const auto told = write(persist([&] { return ports_.finish(how, message); }));
  if (told)
    return how == store::video_status::succeeded ? video_run_end::succeeded : video_run_end::failed;
  return is_lost_ ? video_run_end::lost : video_run_end::stopped;
}

core::status video_run::work() {
  if (job_.epoch > settings_.most_claims)
    return core::fail(core::error_code::invalid_image_format,
                      "The video was begun " + std::to_string(settings_.most_claims)
                          + " times, and no node got to its end: it may be one that can't be decoded. Convert it, and "
                            "start another job.");
  ROLLCALL_CHECK(check_collection());
  ROLLCALL_CHECK(begin());
  ROLLCALL_CHECK(play());
  ROLLCALL_CHECK(end_persons());
  ROLLCALL_CHECK(store_step());
  return check_collection();
}

core::status video_run::check_collection() {
  if (job_.kind != store::video_kind::face_search)
    return core::nothing{};
  auto checked = persist([&] { return ports_.check(); });
  if (!checked)
    return explain(std::move(checked).failure());
  return core::nothing{};
}

core::error video_run::explain(core::error failed) const {
  if (failed.code == core::error_code::not_found)
    failed.message = "The collection " + job_.collection + " was deleted before it had been searched.";
  return failed;
}

// -- the video

core::status video_run::begin() {
  const bool was_begun = job_.epoch > 1 && follows_persons();
  for (bool is_more = was_begun; is_more;) {
    auto rewound = persist([&] { return ports_.rewind(); });
    if (!rewound)
      return write(std::move(rewound).failure());
    is_more = *rewound;
  }
  if (follows_persons())
    step_.frames = 0;
  ROLLCALL_TRY(feed_, persist([&] { return ports_.open(); }));
  step_.metadata = metadata_of(feed_->facts());
  for (std::uint64_t passed = 0; passed < step_.frames; ++passed) {
    ROLLCALL_TRY(const bool is_there, feed_->advance());
    if (!is_there || is_stopping())
      break;
    static_cast<void>(pace_.is_due(feed_->position().value_or(milliseconds{0})));
  }
  return core::nothing{};
}

core::status video_run::play() {
  while (!is_stopping()) {
    ROLLCALL_TRY(const bool is_there, feed_->advance());
    if (!is_there)
      return core::nothing{};
    ++step_.frames;
    if (!pace_.is_due(feed_->position().value_or(milliseconds{0})))
      continue;
    ROLLCALL_TRY(auto frame, feed_->frame());
    ROLLCALL_CHECK(look(std::move(frame)));
    if (is_due())
      ROLLCALL_CHECK(store_step());
  }
  if (!follows_persons())
    ROLLCALL_CHECK(store_step()); // whoever goes on need not do it again
  return stopped_error();
}

vision::analyze_options video_run::options() const {
  vision::analyze_options made;
  made.want_attributes = job_.wants_all;
  made.keep_aligned = follows_persons();
  if (follows_persons())
    made.filter = vision::quality_filter::automatic;
  return made;
}

core::status video_run::look(vision::video_frame frame) {
  const auto wanted = options();
  ROLLCALL_TRY(const auto found, persist([&] { return ports_.analyse(frame.image, wanted); }));
  ports_.analysed();
  ++frames_of_step_;
  last_ = frame.position;
  frame.image = {};
  const frame_seen seen{frame.position, found};
  return follows_persons() ? take_persons(seen) : take_detections(seen);
}

core::status video_run::take_detections(const frame_seen& of) {
  for (const auto& face : of.found.faces)
    step_.results.push_back(
        {0, of.at, 0, 0, 0, ports_.describe(face, of.found.width_px, of.found.height_px, job_.wants_all)});
  return core::nothing{};
}

// -- persons

core::status video_run::take_persons(const frame_seen& of) {
  const auto seen = persons_.look(of.at, of.found.faces);
  ROLLCALL_CHECK(learn(seen.shots));
  for (std::size_t at = 0; at < of.found.faces.size(); ++at) {
    const auto& track = seen.of_face.at(at);
    if (!track)
      continue;
    const auto& face = of.found.faces[at];
    step_.results.push_back({0, of.at, persons_.person_of(*track), *track,
                             job_.kind == store::video_kind::person_tracking ? rank_of(face) : 0,
                             ports_.describe(face, of.found.width_px, of.found.height_px, false)});
  }
  return search(seen.ended);
}

core::status video_run::learn(const std::vector<vision::best_shot>& shots) {
  if (shots.empty())
    return core::nothing{};
  std::vector<vision::bgr8_image> aligned;
  aligned.reserve(shots.size());
  for (const auto& one : shots)
    aligned.push_back(one.shows.aligned);
  ROLLCALL_TRY(const auto embeddings, persist([&] { return ports_.embed(aligned); }));
  for (std::size_t at = 0; at < shots.size(); ++at)
    if (const auto joined = persons_.learn(shots[at], embeddings.at(at)))
      step_.joined.push_back(*joined);
  return core::nothing{};
}

core::status video_run::search(const std::vector<vision::track_id>& ended) {
  if (job_.kind != store::video_kind::face_search)
    return core::nothing{};
  for (const auto track : ended) {
    const auto probe = persons_.probe(track);
    if (probe.empty())
      continue;
    auto found = persist([&] { return ports_.search(track, probe); });
    if (!found)
      return explain(std::move(found).failure());
    step_.matches.push_back({track, encode_matches(*found)});
  }
  return core::nothing{};
}

core::status video_run::end_persons() {
  if (!follows_persons())
    return core::nothing{};
  const auto last = persons_.finish(last_);
  ROLLCALL_CHECK(learn(last.shots));
  return search(last.ended);
}

// -- the store

bool video_run::is_due() const {
  return frames_of_step_ >= settings_.frames_a_step || step_.results.size() >= settings_.results_a_step;
}

core::status video_run::store_step() {
  ROLLCALL_CHECK(write(persist([&] { return ports_.append(step_); })));
  ++step_.step;
  step_.results.clear();
  step_.joined.clear();
  step_.matches.clear();
  frames_of_step_ = 0;
  return core::nothing{};
}

} // namespace rollcall::actors
