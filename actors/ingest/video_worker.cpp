#include "actors/ingest/video_worker.hpp"

#include "actors/ingest/ask_store.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::size_t results_a_rewind = 10'000;

// The answer of an actor to a message, for a thread that waits.
template <class Reply, class Handle, class Message>
core::result<Reply> call(caf::scoped_actor& self, const Handle& at, std::chrono::milliseconds patience,
                         Message message) {
  core::result<Reply> got = core::fail(core::error_code::internal, "", "an actor has not answered");
  self->request(at, patience, std::move(message))
      .receive([&](Reply& reply) { got = std::move(reply); }, [&](const caf::error& failed) { got = to_core(failed); });
  return got;
}

} // namespace

video_worker::video_worker(caf::actor_system& system, store::video_job claimed, video_settings settings,
                           video_ports ports, core::counter& analysed, std::function<void(video_run_end)> ended)
    : job_(std::move(claimed)),
      settings_(std::move(settings)),
      ports_(std::move(ports)),
      analysed_(analysed),
      ended_(std::move(ended)),
      thread_([this, &system] { run(system); }) {}

video_worker::~video_worker() {
  stop();
  thread_.join();
}

void video_worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
}

bool video_worker::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return is_stopping_; });
}

void video_worker::run(caf::actor_system& system) {
  auto end = video_run_end::stopped;
  {
    caf::scoped_actor self{system};
    video_run running{job_, settings_.running, make_ports(self)};
    end = running.run();
  }
  ended_(end);
}

core::result<persons_found> video_worker::search(caf::scoped_actor& self, vision::track_id track,
                                                 const std::vector<float>& probe) {
  person_request wanted{{job_.principal, job_.access_key, job_.purpose, "StartFaceSearch"},
                        job_.collection,
                        job_.collection_key,
                        job_.threshold,
                        "job " + job_.id + " track " + std::to_string(track),
                        probe,
                        in_time()};
  return call<persons_found>(self, ports_.search, settings_.patience, std::move(wanted));
}

video_run_ports video_worker::make_ports(caf::scoped_actor& self) {
  video_run_ports made;
  made.open = [this] { return settings_.open(job_.bucket, job_.object); };
  made.analyse = [this, &self](const vision::bgr8_image& frame, const vision::analyze_options& options) {
    return call<vision::analysis>(self, ports_.embedding, settings_.patience, frame_request{frame, options, in_time()});
  };
  made.embed =
      [this, &self](const std::vector<vision::bgr8_image>& aligned) -> core::result<std::vector<std::vector<float>>> {
    ROLLCALL_TRY(auto made_of,
                 call<embedded>(self, ports_.embedding, settings_.patience, embed_request{aligned, in_time()}));
    return std::move(made_of.embeddings);
  };
  made.search = [this, &self](vision::track_id track, const std::vector<float>& probe) {
    return search(self, track, probe);
  };
  made.describe = settings_.describe;
  made.pause = [this](std::chrono::milliseconds time) { return pause(time); };
  made.analysed = [this] { analysed_.add(); };
  add_store_ports(made, self);
  return made;
}

void video_worker::add_store_ports(video_run_ports& to, caf::scoped_actor& self) {
  const store::video_claim by{job_.id, job_.epoch};
  to.check = [this, &self]() -> core::status {
    ROLLCALL_TRY(const auto found,
                 call_store<store_read>(self, ports_.store, in_time(),
                                        [id = job_.collection](store::store& in) { return in.find_collection(id); }));
    if (found.key != job_.collection_key)
      return core::fail(core::error_code::not_found, "The collection is another of the same id.");
    return core::nothing{};
  };
  to.append = [this, &self, by](const store::video_progress& what) {
    return call_store<store_write>(self, ports_.store, in_time(),
                                   [by, what](store::store& in) { return in.videos().append(by, what); });
  };
  to.rewind = [this, &self, by] {
    return call_store<store_write>(self, ports_.store, in_time(),
                                   [by](store::store& in) { return in.videos().rewind(by, results_a_rewind); });
  };
  to.finish = [this, &self, by](store::video_status how, const std::string& message) {
    return call_store<store_write>(self, ports_.store, in_time(), [by, how, message](store::store& in) {
      return in.videos().finish(by, how, message, core::system_wall_clock{}.now());
    });
  };
}

} // namespace rollcall::actors
