/// What every operation works with, and what belongs to one request. `services` is owned by `front` and outlives all
/// requests; a `request_context` belongs to one coroutine.
#pragma once

#include "core/worker_pool.hpp"
#include "front/admission.hpp"
#include "front/ask.hpp"
#include "front/doubling_watch.hpp"
#include "front/flights.hpp"
#include "front/front.hpp"
#include "front/front_metrics.hpp"
#include "front/last_known.hpp"
#include "front/object_files.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::front {

/// What clients of the ZeroMQ plane must know. Written before anything is served.
struct realtime_facts {
  realtime_addresses at; ///< where it listens; empty: it does not
  std::string server_key;
};

/// Safe to use from any thread.
struct services {
  const front_settings& settings;
  front_parts& parts;
  gateway& via;
  admission& gate;
  object_files& objects;
  front_metrics& metrics;
  flights& under_way;
  realtime_facts& realtime;
  core::worker_pool& inspector; ///< runs `parts.inspect`
  last_known& known;
  doubling_watch& doublings;
  core::steady_time started;
};

/// One request on its way. `replies_with` are headers for its reply.
struct request_context {
  services& with;
  core::request_id request;
  core::deadline until;
  caller who = {};
  std::string_view operation = {}; ///< the protocol's name
  bool accepts_partial = false;    ///< header `x-rollcall-accept-partial: true`
  float decides_from = 0; ///< header `x-rollcall-decides-from`: the similarity that the caller counts as a match
  std::vector<http_header> replies_with = {};
  stage_times stages = {};
  bool uses_last_known = false; ///< of the records in its answer some come from before the store was out of reach

  /// `replies_with`, and where the store did not confirm the records that the answer is not current, whatever the
  /// shards say.
  [[nodiscard]] std::vector<http_header> told_headers() const;
  [[nodiscard]] store_access store() const { return {with.via, with.parts.store, until}; }
};

inline std::vector<http_header> request_context::told_headers() const {
  auto told = replies_with;
  if (!uses_last_known)
    return told;
  for (auto& one : told)
    if (one.name == "x-rollcall-current")
      one.value = "false";
  told.push_back({"x-rollcall-records", "last-known"});
  return told;
}

/// `read` and `write` of `front/ask.hpp`, with their time in the request's stages.
template <class Function>
[[nodiscard]] asio::awaitable<detail::store_result<Function>> read(request_context& in, Function reading) {
  const stage_watch watch{in.stages, stage::store};
  auto asked = read(in.store(), std::move(reading));
  auto answered = co_await std::move(asked);
  co_return answered;
}

/// Whether the store was out of reach.
template <class Value>
[[nodiscard]] bool is_away(const core::result<Value>& answered) {
  return !answered && answered.failure().code == core::error_code::unavailable;
}

/// What the store says, or said last.
template <class Value>
struct told {
  Value value;
  bool is_recalled = false;
};

/// `read`, or while the store is out of reach what `recall` (an optional of the result's value) knows of before; the
/// request is marked then.
template <class Function, class Recall>
[[nodiscard]] asio::awaitable<core::result<told<typename detail::store_result<Function>::value_type>>>
read_or_recall(request_context& in, Function reading, Recall recall) {
  using told_type = told<typename detail::store_result<Function>::value_type>;
  auto& known = in.with.known;
  auto recalled = known.is_store_away() ? recall(known) : std::nullopt;
  if (!recalled) {
    auto asked = read(in, std::move(reading));
    auto answered = co_await std::move(asked);
    known.note_store(is_away(answered));
    if (answered)
      co_return told_type{*std::move(answered)};
    if (is_away(answered))
      recalled = recall(known);
    if (!recalled)
      co_return std::move(answered).failure();
  }
  in.uses_last_known = true;
  co_return told_type{*std::move(recalled), true};
}

template <class Function>
[[nodiscard]] asio::awaitable<detail::store_result<Function>> write(request_context& in, Function writing) {
  const stage_watch watch{in.stages, stage::store};
  auto asked = write(in.store(), std::move(writing));
  auto answered = co_await std::move(asked);
  if (answered)
    in.with.known.note_store(false);
  co_return answered;
}

} // namespace rollcall::front
