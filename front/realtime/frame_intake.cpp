#include "front/realtime/frame_intake.hpp"

#include "core/log.hpp"
#include "net/told_lines.hpp"
#include "wire/codec.hpp"
#include "wire/realtime.hpp"

#include <atomic>
#include <mutex>

namespace rollcall::front {

namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::chrono::hours furthest_clock{1};
constexpr std::size_t most_bytes = 64 * 1024 * 1024; // on their way to INGEST

core::counter& make(core::metric_registry& registry, const char* outcome) {
  return registry.make_counter("rollcall_zmq_frames_total",
                               "Frames that were pushed over ZeroMQ, by what became of them", {{"outcome", outcome}});
}

} // namespace

// Outlives the intake where an answer of INGEST comes late.
struct frame_intake::counters {
  explicit counters(core::metric_registry& registry)
      : taken(make(registry, "taken")), refused(make(registry, "refused")), dropped(make(registry, "dropped")) {}

  core::counter& taken;
  core::counter& refused;
  core::counter& dropped;
  std::atomic<std::size_t> bytes{0};
  std::mutex mutex;
  net::told_lines told{20}; ///< guarded by mutex

  void refuse(const std::string& channel, const core::error& why) {
    refused.add();
    const std::lock_guard lock(mutex);
    if (told.admits(channel + why.message, std::chrono::steady_clock::now()))
      core::log(core::log_level::warning, "front", "a frame was refused",
                {{"camera", channel}, {"error", why.message}, {"more", std::to_string(told.take_untold())}});
  }
};

frame_intake::frame_intake(services& with) : with_(with), counts_(std::make_shared<counters>(with.parts.metrics)) {}

core::result<actors::pushed_frame> frame_intake::read(realtime_message& frame) const {
  ROLLCALL_TRY(const auto header, wire::decode<wire::pushed_frame_header>(frame.header));
  ROLLCALL_TRY(auto who, with_.gate.admit_curve(frame.key, ""));
  ROLLCALL_CHECK(with_.gate.permit(who, {"rollcall:PushFrame", store::role::write, ""}));
  const auto now = with_.parts.clock.now();
  const auto at = header.captured_millis ? core::wall_time{std::chrono::milliseconds{*header.captured_millis}} : now;
  if (at > now + furthest_clock || at < now - furthest_clock)
    return core::fail(core::error_code::invalid_argument,
                      "CapturedMillis is more than an hour from this node's clock.");
  return actors::pushed_frame{header.camera, std::move(who.collections), std::move(frame.body), at};
}

void frame_intake::take(realtime_message frame) {
  auto read_frame = read(frame);
  if (!read_frame)
    return counts_->refuse("", read_frame.failure());
  if (with_.parts.ingest == nullptr)
    return counts_->refuse(read_frame->channel, core::fail(core::error_code::not_found,
                                                           "This node has not the role ingest, and no others to ask."));
  const auto bytes = read_frame->picture->size();
  if (counts_->bytes.load() + bytes > most_bytes)
    return counts_->dropped.add();
  counts_->bytes += bytes;
  push(*std::move(read_frame));
}

void frame_intake::push(actors::pushed_frame frame) {
  auto held = std::make_shared<actors::pushed_frame>(std::move(frame));
  with_.via.submit(gateway_job{[held, ingest = with_.parts.ingest, counts = counts_](gateway_worker& by) {
    const auto bytes = held->picture->size();
    const auto end = [counts, bytes, channel = held->channel](core::result<actors::frame_taken> outcome) {
      counts->bytes -= bytes;
      if (outcome)
        counts->taken.add();
      else
        counts->refuse(channel, outcome.failure());
    };
    by.ask<actors::frame_taken>(ingest, std::move(*held), patience, replied<actors::frame_taken>{end});
  }});
}

} // namespace rollcall::front
