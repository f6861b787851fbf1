#include "actors/peers/embedding_codec.hpp"

#include "net/messages.pb.h"
#include "tests/support/damage.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {
namespace {

core::deadline soon() {
  return core::deadline::in(std::chrono::seconds{1});
}

vision::face make_face(testing::random_references& random) {
  vision::face made;
  made.box = {-3, 4, 50.5F, 60};
  made.box_ratio = {-0.01F, 0.02F, 0.3F, 0.4F};
  made.confidence = 99.5F;
  for (std::size_t at = 0; at < made.points.size(); ++at)
    made.points[at] = {static_cast<float>(at), -static_cast<float>(at)};
  made.pose = {1, -2, 3};
  made.brightness = 51;
  made.sharpness = 52;
  made.quality = 53;
  made.reasons = {vision::quality_reason::extreme_pose, vision::quality_reason::low_face_quality};
  made.eyes_open = {true, 97};
  made.mouth_open = {false, 88};
  made.embedding = random.embedding(512);
  return made;
}

void expect_equal(const vision::face& got, const vision::face& sent) {
  const auto four = [](const auto& box) { return std::array{box.left, box.top, box.width, box.height}; };
  const auto two = [](const vision::verdict& one) { return std::pair{one.value, one.confidence}; };
  EXPECT_EQ(four(got.box), four(sent.box));
  EXPECT_EQ(got.box_ratio, sent.box_ratio);
  EXPECT_EQ(got.confidence, sent.confidence);
  for (std::size_t at = 0; at < got.points.size(); ++at)
    EXPECT_EQ(std::pair(got.points[at].x, got.points[at].y), std::pair(sent.points[at].x, sent.points[at].y));
  EXPECT_EQ(std::tuple(got.pose.yaw, got.pose.pitch, got.pose.roll),
            std::tuple(sent.pose.yaw, sent.pose.pitch, sent.pose.roll));
  EXPECT_EQ(std::tuple(got.brightness, got.sharpness, got.quality),
            std::tuple(sent.brightness, sent.sharpness, sent.quality));
  EXPECT_EQ(got.reasons, sent.reasons);
  EXPECT_EQ(two(got.eyes_open), two(sent.eyes_open));
  EXPECT_EQ(two(got.mouth_open), two(sent.mouth_open));
  EXPECT_EQ(got.attributes.age_range, sent.attributes.age_range);
  EXPECT_EQ(got.attributes.is_male.has_value(), sent.attributes.is_male.has_value());
  EXPECT_EQ(got.attributes.emotions, sent.attributes.emotions);
  EXPECT_EQ(got.embedding, sent.embedding);
}

TEST(embedding_codec, a_picture_crosses_whole) {
  testing::random_references random{8};
  analyze_request sent{{random.id()},
                       std::make_shared<const core::bytes>(core::bytes{0xff, 0, 0xd8}),
                       {vision::embed_which::largest, vision::quality_filter::high, true, false, true},
                       soon()};
  const auto until = soon();
  const auto got = decode_analyze(*encode(sent), until);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->request, sent.request);
  EXPECT_EQ(*got->image, *sent.image);
  EXPECT_EQ(got->options.embed, sent.options.embed);
  EXPECT_EQ(got->options.filter, sent.options.filter);
  EXPECT_TRUE(got->options.want_attributes);
  EXPECT_TRUE(got->options.is_aligned);
  EXPECT_EQ(got->until.at(), until.at());
  testing::expect_survives_damage(*encode(sent), [&](core::byte_view body) { return decode_analyze(body, until); });
}

// As every protobuf program reads and writes it.
TEST(embedding_codec, a_picture_is_a_message_of_protobuf) {
  testing::random_references random{8};
  const std::string image(300'000, 'x');
  const auto sent = encode(analyze_request{{random.id()},
                                           std::make_shared<const core::bytes>(image.begin(), image.end()),
                                           {.want_attributes = true},
                                           soon()});
  net::pb::analyze_request message;
  ASSERT_TRUE(message.ParseFromArray(sent->data(), static_cast<int>(sent->size())));
  EXPECT_EQ(message.image(), image);
  EXPECT_TRUE(message.want_attributes());
  message.set_filter(static_cast<std::uint32_t>(vision::quality_filter::low));
  const auto with_image_between = message.SerializeAsString();
  const auto got = decode_analyze(core::as_bytes(with_image_between), soon());
  ASSERT_TRUE(got);
  EXPECT_EQ(core::as_text(*got->image), image);
  EXPECT_EQ(got->options.filter, vision::quality_filter::low);
  EXPECT_TRUE(got->options.want_attributes);
  message.clear_image();
  const auto without = message.SerializeAsString();
  const auto got_none = decode_analyze(core::as_bytes(without), soon());
  ASSERT_TRUE(got_none);
  EXPECT_TRUE(got_none->image->empty());
  const auto twice = with_image_between + with_image_between;
  EXPECT_FALSE(decode_analyze(core::as_bytes(twice), soon()));
  const auto ends_early = with_image_between + '\x0c'; // the end of a group that never began
  EXPECT_FALSE(decode_analyze(core::as_bytes(ends_early), soon()));
}

TEST(embedding_codec, an_analysis_crosses_whole) {
  testing::random_references random{9};
  vision::analysis sent;
  sent.width_px = 1'920;
  sent.height_px = 1'080;
  sent.image = {random.id()};
  sent.faces = {make_face(random), make_face(random)};
  sent.faces[1].embedding.clear();
  sent.faces[1].attributes = {std::pair{20, 31}, vision::verdict{true, 77}, {{vision::emotion::fear, 55.0F}}};
  sent.model_version = "1.0";
  sent.times = {std::chrono::microseconds{1}, std::chrono::microseconds{2}, std::chrono::microseconds{3},
                std::chrono::microseconds{4}, std::chrono::microseconds{5}, std::chrono::microseconds{6}};
  const auto got = decode_analysis(*encode(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->width_px, sent.width_px);
  EXPECT_EQ(got->height_px, sent.height_px);
  EXPECT_EQ(got->image, sent.image);
  EXPECT_EQ(got->model_version, sent.model_version);
  EXPECT_EQ(got->times.decode, sent.times.decode);
  EXPECT_EQ(got->times.networks, sent.times.networks);
  ASSERT_EQ(got->faces.size(), 2U);
  for (std::size_t at = 0; at < 2; ++at)
    expect_equal(got->faces[at], sent.faces[at]);
  testing::expect_survives_damage(*encode(sent), [](core::byte_view body) { return decode_analysis(body); });
}

TEST(embedding_codec, a_status_crosses_whole) {
  const auto got = decode_embedding_status(*encode(embedding_status{3, 4}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->workers, 3U);
  EXPECT_EQ(got->outstanding, 4U);
}

} // namespace
} // namespace rollcall::actors
