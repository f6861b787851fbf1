#include "bench/cameras/tracking_metrics.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

using tracks = std::vector<std::optional<vision::track_id>>;

constexpr std::optional<vision::track_id> none;

/// Frames of persons who stand still, each of whom is found with the track given.
class stage {
public:
  explicit stage(std::size_t absence = 2) : metrics_(absence) {}

  stage& show(const tracks& of_person, int times = 1) {
    std::vector<true_face> truth;
    std::vector<vision::face> found(of_person.size());
    for (std::size_t i = 0; i < of_person.size(); ++i) {
      found[i].box = {200 * static_cast<float>(i), 0, 100, 100};
      truth.push_back({i, found[i].box});
    }
    for (int i = 0; i < times; ++i)
      metrics_.note(truth, found, of_person);
    return *this;
  }

  tracking_metrics& metrics() { return metrics_; }

private:
  tracking_metrics metrics_;
};

TEST(tracking_metrics, count_changes_of_a_person_s_track) {
  stage on;
  on.show({1, 2}, 5).show({2, 1}, 5).show({2, 3});
  EXPECT_EQ(on.metrics().identity_switches(), 3U);
  EXPECT_EQ(on.metrics().fragmentations(), 0U);
}

TEST(tracking_metrics, count_how_often_a_visible_person_is_lost) {
  stage on;
  on.show({none}).show({1}).show({none}, 9).show({1}).show({none}).show({2}).show({none});
  EXPECT_EQ(on.metrics().fragmentations(), 2U);
  EXPECT_EQ(on.metrics().identity_switches(), 1U);
}

TEST(tracking_metrics, tell_returns_from_switches) {
  stage on{3};
  on.show({1}).show({}, 3).show({2}); // away for 3 frames: a switch
  on.show({}, 4).show({none}).show({3}).show({}, 4).show({3});
  EXPECT_EQ(on.metrics().identity_switches(), 1U);
  EXPECT_EQ(on.metrics().returns(), 2U);
  EXPECT_EQ(on.metrics().known_returns({}), 1U);
  EXPECT_EQ(on.metrics().known_returns({{3, 1}, {2, 1}}), 2U) << "2 came back as 3, both are 1";
  EXPECT_EQ(on.metrics().mended_switches({}), 0U);
  EXPECT_EQ(on.metrics().mended_switches({{2, 1}}), 1U);
  EXPECT_EQ(on.metrics().fragmentations(), 0U);
}

TEST(tracking_metrics, share_persons_by_how_long_they_were_tracked) {
  stage on;
  EXPECT_EQ(on.metrics().mostly_tracked(), 0);
  on.show({1, 2}, 8).show({none, none}, 2).show({1, none}, 1);
  EXPECT_EQ(on.metrics().mostly_tracked(), 0.5) << "9 and 8 frames of 11";
}

TEST(tracking_metrics, count_faces_in_tracks_that_are_nobody_s) {
  tracking_metrics metrics{0};
  std::vector<vision::face> found(3);
  found[0].box = {0, 0, 100, 100};
  found[1].box = {10, 0, 100, 100}; // the same person again
  found[2].box = {500, 0, 100, 100};
  metrics.note(std::vector<true_face>{{0, {0, 0, 100, 100}}}, found, tracks{1, 2, none});
  EXPECT_EQ(metrics.false_faces(), 1U);
}

} // namespace
} // namespace rollcall::bench
