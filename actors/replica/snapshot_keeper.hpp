/// The thread that keeps a node's snapshots as new as the schedule wants them, and removes those of partitions that the
/// node does not hold; where references may stay in files, it moves them to each new one. While others of its
/// partitions are loading it writes those only that are to lose something. Owned by the SHARD actor's threads.
#pragma once

#include "actors/replica/snapshot_settings.hpp"
#include "shard/gallery.hpp"
#include "shard/snapshot/snapshot_directory.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace rollcall::actors {

class snapshot_keeper {
public:
  /// `of` and `metrics` outlive this.
  snapshot_keeper(shard::gallery& of, shard::snapshot_directory directory, snapshot_settings settings,
                  snapshot_metrics& metrics);
  /// What may hold something removed is written in the next two seconds, or goes.
  ~snapshot_keeper();
  snapshot_keeper(const snapshot_keeper&) = delete;
  snapshot_keeper& operator=(const snapshot_keeper&) = delete;

  // Any thread; none waits for work that is under way.
  /// The gallery has changed.
  void wake();
  /// These are the node's partitions.
  void hold(std::set<partition_key> held);
  /// What the gallery has begun with is the snapshot on disk, which contains everything up to `seq`.
  void note_loaded(const partition_key& key, std::uint64_t seq);
  /// The file was found to be of no use.
  void discard(const partition_key& key);
  /// It was, and is not removed yet.
  [[nodiscard]] bool is_discarded(const partition_key& key);

  [[nodiscard]] const shard::snapshot_directory& directory() const noexcept { return directory_; }

private:
  void run(const std::stop_token& stop);
  [[nodiscard]] bool wait(const std::stop_token& stop);
  void look(const std::stop_token& stop);
  void take_notes();
  [[nodiscard]] std::shared_ptr<const std::set<partition_key>> held();
  [[nodiscard]] bool is_held(const partition_key& key);
  [[nodiscard]] bool gives_way();
  void act(const partition_key& key, const shard::partition_reader& from, snapshot_step step,
           const std::stop_token& stop);
  void move(const partition_key& key, const shard::written_snapshot& to);
  void remove(const partition_key& key);
  void remove_unheld();
  void finish();

  shard::gallery& gallery_;
  shard::snapshot_directory directory_;
  snapshot_settings settings_;
  snapshot_metrics& metrics_;
  snapshot_schedule schedule_; ///< the thread's, as the next
  std::map<partition_key, core::steady_time> unheld_since_;
  std::optional<core::steady_time> loading_since_;
  bool is_failing_ = false; ///< said so
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_due_ = false;
  std::shared_ptr<const std::set<partition_key>> held_; ///< null: the map was not seen yet
  std::map<partition_key, std::uint64_t> loaded_;
  std::set<partition_key> discarded_;
  std::jthread thread_; ///< last: stopped and joined before the rest goes
};

} // namespace rollcall::actors
