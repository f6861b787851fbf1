/// The thread that does one video job which this node has claimed. Owned by VIDEOS.
#pragma once

#include "actors/ingest/feed.hpp"
#include "actors/ingest/person_search.hpp"
#include "actors/ingest/video_run.hpp"
#include "actors/interfaces.hpp"
#include "core/metrics.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace rollcall::actors {

struct video_settings {
  video_run_settings running;
  std::chrono::milliseconds patience{5'000}; ///< for a frame, a search, a write
  std::function<core::result<std::unique_ptr<feed>>(const std::string& bucket, const std::string& object)> open;
  /// As video_run_ports::describe.
  std::function<std::string(const vision::face&, int width_px, int height_px, bool wants_all)> describe;
};

struct video_ports {
  local_embedding_actor embedding;
  person_search_actor search;
  store_actor store;
};

class video_worker {
public:
  /// Begins. `ended` is called on the thread, as the last thing it does; `analysed` outlives the worker.
  video_worker(caf::actor_system& system, store::video_job claimed, video_settings settings, video_ports ports,
               core::counter& analysed, std::function<void(video_run_end)> ended);
  /// Waits for what is under way, `patience` at most.
  ~video_worker();
  video_worker(const video_worker&) = delete;
  video_worker& operator=(const video_worker&) = delete;

  /// Ends the run at the next frame. Does not wait.
  void stop();

private:
  void run(caf::actor_system& system);
  [[nodiscard]] video_run_ports make_ports(caf::scoped_actor& self);
  void add_store_ports(video_run_ports& to, caf::scoped_actor& self);
  [[nodiscard]] core::result<persons_found> search(caf::scoped_actor& self, vision::track_id track,
                                                   const std::vector<float>& probe);
  [[nodiscard]] bool pause(std::chrono::milliseconds time);
  [[nodiscard]] core::deadline in_time() const { return core::deadline::in(settings_.patience); }

  const store::video_job job_;
  const video_settings settings_;
  const video_ports ports_;
  core::counter& analysed_;
  const std::function<void(video_run_end)> ended_;
  std::mutex mutex_; ///< guards is_stopping_
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_; ///< last: it uses the rest
};

} // namespace rollcall::actors
