// What a camera's watch tells of those in view.
#include "actors/ingest/camera_watch.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;

/// The first event of a person who comes into view, under the claim `epoch`, as subscribers get it.
boost::json::object first_told(std::uint64_t epoch) {
  store::stream_processor gate;
  gate.name = "gate";
  gate.node = "north";
  gate.run = 1;
  gate.epoch = epoch;
  camera_watch watch(gate, vision::tracker_settings{}, 2);
  vision::analysis found;
  vision::face one;
  one.box = {100, 100, 80, 100};
  one.box_ratio = {0.1F, 0.1F, 0.08F, 0.1F};
  one.confidence = 99;
  one.quality = 90;
  found.faces.push_back(one);
  for (int i = 0; i < 10; ++i) {
    const milliseconds at{200 * i};
    const auto step = watch.look({at, core::wall_time{at}}, found);
    if (!step.events.empty())
      return boost::json::parse(to_record(step.events.front(), gate.key).body).as_object();
  }
  return {};
}

TEST(camera_watch_test, a_track_is_the_only_one_of_its_camera_and_claim) {
  const auto before = first_told(3);
  const auto after = first_told(4); // the node was away, and came back in the same run
  ASSERT_TRUE(before.contains("Track") && after.contains("Track"));
  for (const auto* member : {"Kind", "Camera", "Node", "Run", "Track"})
    EXPECT_EQ(before.at(member), after.at(member)) << member;
  EXPECT_EQ(before.at("Claim").to_number<int>(), 3);
  EXPECT_EQ(after.at("Claim").to_number<int>(), 4);
  EXPECT_NE(before.at("EventId"), after.at("EventId"));
}

} // namespace

} // namespace rollcall::actors
