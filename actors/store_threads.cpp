#include "actors/store_threads.hpp"

#include "actors/handlers.hpp"

#include <chrono>
#include <utility>

namespace rollcall::actors {

namespace {

core::error stopping() {
  return core::fail(core::error_code::unavailable, "The node is stopping.");
}

double seconds_since(core::steady_time start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

store_threads::store_threads(std::shared_ptr<store::store> owned, const store_settings& settings,
                             core::metric_registry& registry)
    : metrics(registry),
      store_(std::move(owned)),
      readers(settings.readers, settings.read_queue),
      writer(1, settings.write_queue),
      decisions(1, 1) {}

core::result<store_reply> store_threads::run(const store_read& request) {
  if (is_draining_)
    return stopping();
  if (request.until.has_passed())
    return core::fail(core::error_code::deadline_exceeded, "The read waited too long.");
  try {
    const auto started = std::chrono::steady_clock::now();
    store_reply reply{request.run(*store_)};
    metrics.read.observe(seconds_since(started));
    return reply;
  } catch (...) {
    return core::fail(core::error_code::internal, "The read failed.", describe(std::current_exception()));
  }
}

core::result<write_outcome> store_threads::run(const store_write& request) {
  if (is_draining_)
    return stopping();
  if (request.until.has_passed())
    return core::fail(core::error_code::deadline_exceeded, "The write waited too long; it was not begun.");
  try {
    const auto started = std::chrono::steady_clock::now();
    auto outcome = request.run(*store_);
    metrics.write.observe(seconds_since(started));
    return outcome;
  } catch (...) {
    return core::fail(core::error_code::outcome_unknown, "The write may or may not have happened.",
                      describe(std::current_exception()));
  }
}

core::status store_threads::commit(const std::vector<store::decision>& entries) {
  try {
    return store_->append_decisions(entries);
  } catch (...) {
    return core::fail(core::error_code::internal, "The decision log failed.", describe(std::current_exception()));
  }
}

} // namespace rollcall::actors
