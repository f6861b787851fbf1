#include "store/processor_course.hpp"

#include "store/claims.hpp"

namespace rollcall::store {

namespace {

core::error in_use(const stream_processor& of, std::string_view what) {
  return core::fail(core::error_code::conflict, "The stream processor " + of.name + " " + std::string(what));
}

} // namespace

core::error no_processor(std::string_view name) {
  return core::fail(core::error_code::not_found, "the stream processor " + std::string(name) + " does not exist");
}

core::error processor_exists(std::string_view name) {
  return core::fail(core::error_code::already_exists,
                    "the stream processor " + std::string(name) + " exists already: choose another name");
}

core::error too_many_processors() {
  return core::fail(core::error_code::quota_exceeded,
                    "there are " + std::to_string(most_processors) + " stream processors: delete some first");
}

core::status start(stream_processor& of, core::wall_time at) {
  if (is_under_way(of.status))
    return in_use(of, "has been started already.");
  of.is_started = true;
  ++of.run;
  of.node.clear();
  of.claimed_until = {};
  of.status = processor_status::starting;
  of.message.clear();
  of.updated = at;
  return core::nothing{};
}

core::status stop(stream_processor& of, core::wall_time at) {
  if (!of.is_started)
    return in_use(of, "is not running.");
  of.is_started = false;
  of.status = of.node.empty() ? processor_status::stopped : processor_status::stopping;
  of.message.clear();
  of.updated = at;
  return core::nothing{};
}

core::status change_details(stream_processor& of, std::string_view seen, std::string_view details, core::wall_time at) {
  if (of.details != seen)
    return in_use(of, "was changed by somebody else meanwhile.");
  of.details = details;
  of.updated = at;
  return core::nothing{};
}

core::status claim(stream_processor& of, std::string_view node, core::wall_time now, std::chrono::milliseconds span) {
  if (!is_under_way(of.status))
    return in_use(of, "is not running.");
  if (is_claimed_by_another(of, node, now))
    return in_use(of, "runs on the node " + of.node + ".");
  take_claim(of, node, now + span);
  return core::nothing{};
}

core::status report(stream_processor& of, processor_status status, std::string_view message, core::wall_time at) {
  const bool is_end = !is_under_way(status);
  if (!is_end && of.status == processor_status::stopping)
    return core::nothing{};
  if (is_end)
    of.is_started = false;
  if (status == processor_status::starting)
    of.node.clear(); // `claimed_until` tells the next one until when it was watched
  of.status = status;
  of.message = message;
  of.updated = at;
  return core::nothing{};
}

core::status check_at_rest(const stream_processor& of) {
  if (is_under_way(of.status))
    return in_use(of, "is in use: stop it first.");
  return core::nothing{};
}

core::status check_claim(const stream_processor& of, std::uint64_t epoch) {
  if (of.epoch != epoch || !is_under_way(of.status))
    return in_use(of, "is not this node's any more.");
  return core::nothing{};
}

} // namespace rollcall::store
