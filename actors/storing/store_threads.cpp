#include "actors/storing/store_threads.hpp"

#include "actors/handlers.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::chrono::milliseconds holders_retry{50};
constexpr std::size_t spooled_at_once = 500; // so that those who wait for theirs do not wait for all

bool is_out_of_reach(core::error_code code) {
  using enum core::error_code;
  return code == unavailable || code == outcome_unknown || code == storage_full;
}

} // namespace

store_threads::store_threads(std::shared_ptr<store::store> owned, const store_settings& settings,
                             core::metric_registry& registry)
    : metrics(registry),
      store_(std::move(owned)),
      find_holders_(settings.holders),
      spool_(settings.spool),
      retry_(settings.decision_retry),
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
    metrics.read.observe(core::seconds_since(started));
    return reply;
  } catch (...) {
    return core::fail(core::error_code::internal, "The read failed.", describe(std::current_exception()));
  }
}

core::result<committed_write> store_threads::run(const store_write& request) {
  if (is_draining_)
    return stopping();
  if (request.until.has_passed())
    return core::fail(core::error_code::deadline_exceeded, "The write waited too long; it was not begun.");
  try {
    const auto started = std::chrono::steady_clock::now();
    committed_write done{request.run(*store_), {}, {}};
    metrics.write.observe(core::seconds_since(started));
    ROLLCALL_TRY(done.holders, holders_of(done.outcome, request.until));
    done.told = std::chrono::steady_clock::now();
    return done;
  } catch (...) {
    return core::fail(core::error_code::outcome_unknown, "The write may or may not have happened.",
                      describe(std::current_exception()));
  }
}

// Asked again while the store is out of reach: the write is there, and its caller still waits.
core::result<std::vector<partition_holder>> store_threads::holders_of(const write_outcome& outcome,
                                                                      core::deadline until) const {
  if (!find_holders_ || outcome.mutations.empty())
    return std::vector<partition_holder>{};
  while (true) {
    auto found = find_holders_(outcome.mutations);
    if (found)
      return found;
    if (until.has_passed() || is_draining_)
      return core::fail(core::error_code::outcome_unknown,
                        "The write is stored, but the store no longer says which nodes must hear of it.",
                        found.failure().message + ": " + found.failure().context);
    std::this_thread::sleep_for(holders_retry);
  }
}

core::status store_threads::store_decisions(const std::vector<store::decision>& entries) {
  if (spooled() > 0) {
    ROLLCALL_TRY(const auto waiting, spool_->oldest(spooled_at_once));
    ROLLCALL_CHECK(store_->append_missing_decisions(waiting)); // a crash, or a lost reply, may have left them there
    ROLLCALL_CHECK(spool_->drop());
  }
  return entries.empty() ? core::status{core::nothing{}} : store_->append_decisions(entries);
}

core::status store_threads::commit(const std::vector<store::decision>& entries) {
  try {
    const auto now = std::chrono::steady_clock::now();
    if (!is_away_ || now - tried_ >= retry_) {
      auto stored = store_decisions(entries);
      is_away_ = !stored && is_out_of_reach(stored.failure().code);
      if (!is_away_ || !spool_)
        return stored;
      tried_ = now;
    }
    return entries.empty() ? core::status{core::nothing{}} : spool_->append(entries);
  } catch (...) {
    return core::fail(core::error_code::internal, "The decision log failed.", describe(std::current_exception()));
  }
}

} // namespace rollcall::actors
