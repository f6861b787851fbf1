#include "nodes/wiring.hpp"

#include "config/loader.hpp"

#include <gtest/gtest.h>

namespace rollcall::nodes {
namespace {

TEST(wiring, endpoints_lose_their_brackets) {
  EXPECT_EQ(endpoint_of("[::1]:80").host, "::1");
  EXPECT_EQ(endpoint_of("127.0.0.1:65535").host, "127.0.0.1");
  EXPECT_EQ(endpoint_of("127.0.0.1:65535").port, 65'535);
}

TEST(wiring, defaults_are_those_of_the_parts) {
  const config::settings defaults;
  const auto front = front_settings_of(defaults);
  const front::front_settings own;
  EXPECT_EQ(front.limits.max_body_bytes, own.limits.max_body_bytes);
  EXPECT_EQ(front.limits.idle_timeout, own.limits.idle_timeout);
  EXPECT_EQ(front.limits.write_timeout, own.limits.write_timeout);
  EXPECT_EQ(front.max_in_flight, own.max_in_flight);
  EXPECT_EQ(front.request_timeout, own.request_timeout);
  EXPECT_EQ(front.partitions, own.partitions);
  EXPECT_EQ(front.tls.least, own.tls.least);
  EXPECT_FALSE(front.tls.is_on());
  EXPECT_EQ(sqlite_settings_of(defaults).token_lifetime, store::sqlite_settings{}.token_lifetime);
  EXPECT_EQ(analyzer_settings_of(defaults).decode.max_pixels, vision::decode_limits{}.max_pixels);
  EXPECT_FALSE(analyzer_settings_of(defaults).crops);
  EXPECT_FALSE(analyzer_settings_of(defaults).min_confidence);
  EXPECT_GE(vision_workers_of(defaults), 1U);
  const actors::snapshot_limits limits;
  EXPECT_EQ(snapshot_limits_of(defaults).after_mutations, limits.after_mutations);
  EXPECT_EQ(snapshot_limits_of(defaults).after, limits.after);
  EXPECT_EQ(snapshot_limits_of(defaults).scrub_after, limits.scrub_after);
}

TEST(wiring, what_the_operator_sets_arrives) {
  const auto settings =
      config::load({"",
                    {},
                    {"search.partitions=8", "decisions.wait=true", "vision.crops=shifted", "vision.min_confidence=70",
                     "vision.attributes.gender=true", "vision.workers=3", "store.apply_timeout=1s",
                     "buckets.photos=/srv/p", "store.timeout=700ms", "http.tls_key=/k", "http.tls_min_version=1.3",
                     "snapshots.scrub_after=7s", "aws.account=123456789012", "objects.max_size=1MiB"}});
  ASSERT_TRUE(settings) << settings.failure().message;
  const auto front = front_settings_of(*settings);
  EXPECT_EQ(front.partitions, 8U);
  EXPECT_TRUE(front.wait_for_decision);
  EXPECT_EQ(front.buckets.at("photos"), "/srv/p");
  EXPECT_EQ(front.arn.account, "123456789012");
  EXPECT_EQ(front.tls.key, "/k");
  EXPECT_EQ(front.tls.least, front::tls_version::tls_1_3);
  EXPECT_EQ(postgres_settings_of(*settings, "/d").key_file, "/d/secrets.key");
  EXPECT_EQ(postgres_settings_of(*settings, "/d").patience, std::chrono::milliseconds(700));
  EXPECT_EQ(front.max_object_bytes, 1U << 20U);
  EXPECT_EQ(snapshot_limits_of(*settings).scrub_after, std::chrono::seconds{7});
  EXPECT_EQ(actor_settings_of(*settings).store.apply_timeout, std::chrono::seconds{1});
  const auto analyzer = analyzer_settings_of(*settings);
  EXPECT_EQ(analyzer.crops, std::optional{vision::crop_set::shifted});
  EXPECT_EQ(analyzer.min_confidence, std::optional{70.0F});
  EXPECT_TRUE(analyzer.gender);
  EXPECT_FALSE(analyzer.age);
  EXPECT_EQ(vision_workers_of(*settings), 3U);
}

} // namespace
} // namespace rollcall::nodes
