/// Runs of video jobs on videos that a test describes face by face, into a real store in memory. One thread.
#pragma once

#include "actors/ingest/video_run.hpp"
#include "store/memory_store.hpp"
#include "store/store.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::actors::testing {

using core::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Somebody who is in the picture from one frame to another, and stands still.
struct passer {
  std::uint8_t who = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0; ///< not any more
  float x = 0.2F;
  float confidence = 95;
};

inline constexpr double rate = 25;

// A picture without pixels, whose width names it.
inline vision::bgr8_image named(int name) {
  return {name, 1, 3, std::make_shared<const std::uint8_t>(std::uint8_t{0})};
}

class described_feed final : public feed {
public:
  described_feed(std::uint64_t frames, std::optional<std::uint64_t> broken_at)
      : frames_(frames), broken_at_(broken_at) {}

  core::result<vision::video_frame> frame() override {
    return vision::video_frame{named(static_cast<int>(next_)), next_ - 1, *position()};
  }
  [[nodiscard]] std::optional<milliseconds> position() const override {
    return milliseconds{static_cast<long>(1'000 * static_cast<double>(next_ - 1) / rate)};
  }
  core::result<bool> advance() override {
    if (next_ == broken_at_)
      return core::fail(error_code::invalid_image_format, "The object is damaged after that.");
    return next_++ < frames_;
  }
  [[nodiscard]] bool is_live() const override { return false; }
  [[nodiscard]] vision::video_facts facts() const override {
    return {1280,   720,   rate, milliseconds{static_cast<long>(1'000 * static_cast<double>(frames_) / rate)},
            "h264", "MOV", false};
  }

private:
  std::uint64_t frames_;
  std::optional<std::uint64_t> broken_at_;
  std::uint64_t next_ = 0;
};

inline vision::face face_of(const passer& one) {
  vision::face made;
  made.box = {one.x * 1280, 200, 100, 100};
  made.box_ratio = {one.x, 0.3F, 0.08F, 0.14F};
  made.confidence = one.confidence;
  made.quality = 80;
  made.aligned = named(one.who);
  return made;
}

// People look as unlike each other as can be.
inline std::vector<float> looks_of(int who) {
  std::vector<float> made(8, 0.0F);
  made.at(static_cast<std::size_t>(who)) = 1;
  return made;
}

class video_run_test : public ::testing::Test {
protected:
  void SetUp() override {
    store::video_job made;
    made.id = id_;
    made.kind = kind_;
    made.collection = "staff";
    ASSERT_TRUE(videos().start(made, {}));
    claim("here");
  }
  store::video_store& videos() { return store_->videos(); }
  void claim(const std::string& node) {
    ASSERT_TRUE(videos().renew("here", milliseconds{0}));
    auto claimed = videos().claim(id_, node, std::chrono::minutes{1});
    ASSERT_TRUE(claimed);
    job_ = *claimed;
  }
  void begin_anew(store::video_kind kind) {
    id_ = std::string(64, 'b');
    kind_ = kind;
    SetUp();
  }

  video_run_ports ports() {
    video_run_ports made;
    made.open = [this]() -> core::result<std::unique_ptr<feed>> {
      ++opened_;
      return std::unique_ptr<feed>(std::make_unique<described_feed>(frames_, broken_at_));
    };
    made.analyse = [this](const vision::bgr8_image& of,
                          const vision::analyze_options&) -> core::result<vision::analysis> {
      if (failing_-- > 0)
        return core::fail(error_code::overloaded, "busy");
      failing_ = 0;
      const auto number = static_cast<std::uint64_t>(of.width_px - 1);
      looked_.push_back(number);
      vision::analysis found;
      found.width_px = 1280;
      found.height_px = 720;
      for (const auto& one : scene_)
        if (number >= one.from && number < one.to)
          found.faces.push_back(face_of(one));
      return found;
    };
    made.embed = [](const std::vector<vision::bgr8_image>& aligned) -> core::result<std::vector<std::vector<float>>> {
      std::vector<std::vector<float>> all;
      for (const auto& one : aligned)
        all.push_back(looks_of(one.width_px));
      return all;
    };
    made.search = [this](vision::track_id, const std::vector<float>& probe) -> core::result<persons_found> {
      ++searches_;
      if (is_collection_gone_)
        return core::fail(error_code::not_found, "no such collection");
      if (probe.at(1) < 0.9F) // the one who is known
        return persons_found{};
      store::face_record record;
      record.external_image_id = "anna";
      return persons_found{{{record.id, 99, "anna", {}, {}, {}, {}}}, {record}};
    };
    made.check = [this]() -> core::status {
      if (is_collection_gone_)
        return core::fail(error_code::not_found, "no such collection");
      return core::nothing{};
    };
    made.describe = [](const vision::face& of, int, int, bool) {
      return "{\"Who\":" + std::to_string(of.aligned.width_px) + "}";
    };
    add_store_ports(made);
    made.analysed = [] {};
    return made;
  }
  void add_store_ports(video_run_ports& to) {
    const store::video_claim by{job_.id, job_.epoch};
    to.append = [this, by](const store::video_progress& what) -> core::status {
      ++appends_;
      auto done = videos().append(by, what);
      if (done && appends_ == unsure_append_)
        return core::fail(error_code::outcome_unknown, "the store did not say");
      return done;
    };
    to.rewind = [this, by] {
      ++rewinds_;
      return videos().rewind(by, 1);
    };
    to.finish = [this, by](store::video_status how, const std::string& message) {
      return videos().finish(by, how, message, core::wall_time{seconds{500}});
    };
    to.pause = [this](milliseconds time) {
      if (time > milliseconds{0})
        pauses_.push_back(time);
      return looked_.size() < stops_after_ && pauses_.size() < stops_after_pauses_;
    };
  }
  video_run_end run() {
    video_run_settings settings;
    settings.frames_a_step = 4;
    return video_run{job_, settings, ports()}.run();
  }

  store::video_job found() { return *videos().find(id_); }
  std::vector<store::video_result> results(store::video_order order = store::video_order::time) {
    return videos().list_results(id_, order, {}, 1'000)->rows;
  }
  std::string matches_of(std::uint64_t track) {
    const auto all = videos().find_matches(id_, {&track, 1});
    return all->empty() ? "none" : all->front().body;
  }
  /// "time:person" of each.
  std::string told(store::video_order order = store::video_order::time) {
    std::string all;
    for (const auto& one : results(order))
      all.append(all.empty() ? "" : " ").append(std::to_string(one.at.count()) + ":" + std::to_string(one.person));
    return all;
  }

  std::string id_ = std::string(64, 'a');
  store::video_kind kind_ = store::video_kind::face_detection;
  std::unique_ptr<store::store> store_ = store::make_memory_store();
  store::video_job job_;
  std::uint64_t frames_ = 50;
  std::optional<std::uint64_t> broken_at_;
  std::vector<passer> scene_;
  std::vector<std::uint64_t> looked_; ///< at which frames
  std::vector<milliseconds> pauses_;
  std::size_t stops_after_ = 1'000; ///< frames
  std::size_t stops_after_pauses_ = 1'000;
  int failing_ = 0; ///< analyses that fail, from now on
  int opened_ = 0;
  int searches_ = 0;
  int appends_ = 0;
  int unsure_append_ = 0; ///< which one is stored, and not said to be
  int rewinds_ = 0;
  bool is_collection_gone_ = false;
};

} // namespace rollcall::actors::testing
