#include "actors/replica/snapshot_keeper.hpp"

#include "core/log.hpp"
#include "shard/snapshot/snapshot_mapping.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::actors {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_looks{1'000};
constexpr std::chrono::milliseconds last_writes{2'000};
constexpr std::chrono::minutes longest_wait{10}; // for loads to end
constexpr std::size_t last_rows = 100'000;       // of one partition that is still written at the end

std::chrono::milliseconds since(core::steady_time start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - start);
}

} // namespace

snapshot_keeper::snapshot_keeper(shard::gallery& of, shard::snapshot_directory directory, snapshot_settings settings,
                                 snapshot_metrics& metrics)
    : gallery_(of),
      directory_(std::move(directory)),
      settings_(std::move(settings)),
      metrics_(metrics),
      schedule_(settings_.limits),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

snapshot_keeper::~snapshot_keeper() {
  thread_.request_stop();
  thread_.join();
  try {
    finish();
  } catch (const std::exception& failed) {
    core::log(core::log_level::failure, "snapshots", "the last round failed", {{"error", failed.what()}});
  }
}

void snapshot_keeper::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_due_ = true;
  }
  changed_.notify_one();
}

void snapshot_keeper::hold(std::set<partition_key> held) {
  {
    const std::lock_guard lock(mutex_);
    if (held_ && *held_ == held)
      return;
    held_ = std::make_shared<const std::set<partition_key>>(std::move(held));
  }
  wake();
}

void snapshot_keeper::note_loaded(const partition_key& key, std::uint64_t seq) {
  {
    const std::lock_guard lock(mutex_);
    loaded_.insert_or_assign(key, seq);
  }
  wake();
}

void snapshot_keeper::discard(const partition_key& key) {
  {
    const std::lock_guard lock(mutex_);
    loaded_.erase(key);
    discarded_.insert(key);
  }
  wake();
}

bool snapshot_keeper::is_discarded(const partition_key& key) {
  const std::lock_guard lock(mutex_);
  return discarded_.contains(key);
}

// False when the thread ends.
bool snapshot_keeper::wait(const std::stop_token& stop) {
  auto until = schedule_.due();
  for (const auto& [key, since] : unheld_since_)
    until = std::min(until.value_or(core::steady_time::max()), since + settings_.limits.scrub_after);
  std::unique_lock lock(mutex_);
  if (until)
    changed_.wait_until(lock, stop, *until, [this] { return is_due_; });
  else
    changed_.wait(lock, stop, [this] { return is_due_; });
  // Some changes are looked at together.
  changed_.wait_for(lock, stop, between_looks, [] { return false; });
  is_due_ = false;
  return !stop.stop_requested();
}

void snapshot_keeper::run(const std::stop_token& stop) {
  while (wait(stop)) {
    try {
      look(stop);
      remove_unheld();
    } catch (const std::exception& failed) {
      core::log(core::log_level::warning, "snapshots", "a round failed", {{"error", failed.what()}});
    }
  }
}

// What was said of files since the last time.
void snapshot_keeper::take_notes() {
  std::map<partition_key, std::uint64_t> loaded;
  std::set<partition_key> discarded;
  {
    const std::lock_guard lock(mutex_);
    loaded = std::exchange(loaded_, {});
    discarded = discarded_;
  }
  for (const auto& key : discarded)
    remove(key);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& key : discarded)
      discarded_.erase(key);
  }
  for (const auto& [key, seq] : loaded)
    if (const auto from = gallery_.read(key.first, key.second))
      schedule_.note_written(key, {seq, 0, from->state().loads}, clock::now(), {});
}

std::shared_ptr<const std::set<partition_key>> snapshot_keeper::held() {
  const std::lock_guard lock(mutex_);
  return held_;
}

bool snapshot_keeper::is_held(const partition_key& key) {
  const auto all = held();
  return all && all->contains(key);
}

// Loads are what somebody waits for, and they need the same disk and processor. One that never ends is not waited for.
bool snapshot_keeper::gives_way() {
  const auto all = held();
  const auto is_loading = [this](const partition_key& key) {
    const auto from = gallery_.read(key.first, key.second);
    return !from || from->state().is_partial;
  };
  if (!all || std::none_of(all->begin(), all->end(), is_loading))
    loading_since_.reset();
  else if (!loading_since_)
    loading_since_ = clock::now();
  return loading_since_ && clock::now() < *loading_since_ + longest_wait;
}

void snapshot_keeper::look(const std::stop_token& stop) {
  take_notes();
  const bool waits = gives_way();
  const auto keys = gallery_.list();
  schedule_.keep_only({keys.begin(), keys.end()});
  for (const auto& key : keys) {
    const auto from = gallery_.read(key.first, key.second);
    if (!from || !is_held(key) || stop.stop_requested())
      continue;
    const auto step = schedule_.see(key, from->state(), clock::now());
    if (step != snapshot_step::write || !waits || schedule_.is_stale(key))
      act(key, *from, step, stop);
  }
}

void snapshot_keeper::act(const partition_key& key, const shard::partition_reader& from, snapshot_step step,
                          const std::stop_token& stop) {
  if (step == snapshot_step::none)
    return;
  if (step == snapshot_step::remove)
    return remove(key);
  const auto started = clock::now();
  const auto old = directory_.digest(key);
  const auto written = directory_.write(
      from, {settings_.cluster, key.first, key.second},
      [&](const core::sha256_digest& digest) { return settings_.remember(key, digest, old); }, stop);
  if (written) {
    schedule_.note_written(key, written->state, clock::now(), since(started));
    metrics_.written.add();
    metrics_.write.observe(core::seconds_since(started));
    is_failing_ = false;
    if (settings_.references_stay)
      move(key, *written);
    return;
  }
  schedule_.note_failed(key, clock::now());
  const auto code = written.failure().code;
  if (code == core::error_code::conflict || code == core::error_code::not_found || stop.stop_requested())
    return; // it is being loaded, or gone
  metrics_.failed.add();
  if (!std::exchange(is_failing_, true))
    core::log(core::log_level::warning, "snapshots", "a snapshot can't be written; the old one stays",
              {{"error", written.failure().message}});
}

// What can't be moved stays where it is.
void snapshot_keeper::move(const partition_key& key, const shard::written_snapshot& to) {
  const shard::snapshot_identity of{settings_.cluster, key.first, key.second};
  const auto file = directory_.open(key);
  const auto moved = file ? shard::move_to_snapshot(gallery_, of, to, **file) : core::status{file.failure()};
  if (!moved && moved.failure().code != core::error_code::conflict)
    core::log(core::log_level::warning, "snapshots", "references were not moved to their new snapshot",
              {{"partition", std::to_string(key.second)}, {"error", moved.failure().message}});
}

void snapshot_keeper::remove(const partition_key& key) {
  schedule_.note_removed(key);
  if (const auto file = directory_.open(key); !file && file.failure().code == core::error_code::not_found)
    return;
  if (const auto removed = directory_.remove(key); !removed)
    core::log(core::log_level::failure, "snapshots", "a snapshot can't be removed",
              {{"error", removed.failure().message}});
  else
    metrics_.removed.add();
}

// Not at once: a node that was given up and came back is given the same partitions again in a moment.
void snapshot_keeper::remove_unheld() {
  const auto all = held();
  if (!all)
    return;
  std::map<partition_key, core::steady_time> unheld;
  const auto now = clock::now();
  for (const auto& key : directory_.list()) {
    if (all->contains(key))
      continue;
    const auto known = unheld_since_.find(key);
    const auto since = known == unheld_since_.end() ? now : known->second;
    if (now >= since + settings_.limits.scrub_after)
      remove(key);
    else
      unheld.emplace(key, since);
  }
  unheld_since_ = std::move(unheld);
}

void snapshot_keeper::finish() {
  take_notes();
  const auto until = core::deadline::in(last_writes);
  for (const auto& key : gallery_.list()) {
    const auto from = gallery_.read(key.first, key.second);
    if (!from || !is_held(key))
      continue;
    static_cast<void>(schedule_.see(key, from->state(), clock::now()));
    if (!schedule_.is_stale(key))
      continue;
    if (!until.has_passed() && from->size(core::reference_kind::face).rows <= last_rows)
      act(key, *from, snapshot_step::write, {});
    if (schedule_.is_stale(key))
      remove(key);
  }
}

} // namespace rollcall::actors
