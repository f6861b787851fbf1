#include "actors/storing/decision_writer.hpp"

#include <iterator>
#include <utility>

namespace rollcall::actors {

core::status decision_writer::add(store::decision entry, std::optional<std::uint64_t> waiter) {
  if (size() >= backlog_)
    return core::fail(core::error_code::overloaded, "The decision log is behind.");
  queue_.push_back({std::move(entry), waiter});
  return core::nothing{};
}

std::optional<std::vector<store::decision>> decision_writer::begin(bool also_empty) {
  if (is_committing_ || (queue_.empty() && !also_empty))
    return std::nullopt;
  is_committing_ = true;
  running_ = std::exchange(queue_, {});
  std::vector<store::decision> batch;
  batch.reserve(running_.size());
  for (const auto& next : running_)
    batch.push_back(next.entry);
  return batch;
}

decision_writer::settlement decision_writer::settle(bool is_committed, bool keep) {
  settlement told;
  std::vector<queued> kept;
  for (auto& done : running_) {
    if (done.waiter)
      told.waiters.push_back(*done.waiter);
    else if (!is_committed && keep)
      kept.push_back(std::move(done));
    else if (!is_committed)
      ++told.lost;
  }
  if (is_committed)
    told.committed = running_.size();
  running_.clear();
  is_committing_ = false;
  kept.insert(kept.end(), std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.end()));
  queue_ = std::move(kept);
  return told;
}

} // namespace rollcall::actors
