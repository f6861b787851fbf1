#include "wire/stream_uri.hpp"

#include <gtest/gtest.h>

namespace rollcall::wire {
namespace {

TEST(stream_uri, takes_what_cameras_and_nodes_offer) {
  for (const std::string uri :
       {"rtsp://camera", "rtsp://camera:554/stream?channel=1", "rtsps://user:word@10.0.0.7/live",
        "http://camera/video.mjpg", "https://[::1]:8443/x", "file:///a", "file:///videos/door.mp4",
        "zmq://front-door_1.a", "v4l2:///dev/video0", "v4l2:///dev/video12"})
    EXPECT_TRUE(check_stream_uri(uri)) << uri;
  const std::string longest = "zmq://" + std::string(128, 'a');
  EXPECT_TRUE(check_stream_uri(longest));
  EXPECT_FALSE(check_stream_uri(longest + "a"));
  EXPECT_TRUE(check_stream_uri("file:///" + std::string(max_stream_uri_length - 8, 'a')));
  EXPECT_FALSE(check_stream_uri("file:///" + std::string(max_stream_uri_length - 7, 'a')));
}

TEST(stream_uri, refuses_everything_else) {
  for (const std::string uri : {"",
                                "camera",
                                "RTSP://camera",
                                "rtsp:/camera",
                                "rtsp://",
                                "rtsp:///path",
                                "rtsp://user:word@",
                                "rtsp://:554/a",
                                "http://?x",
                                "file://host/a",
                                "file:///",
                                "file:/a",
                                "zmq://",
                                "zmq://a/b",
                                "zmq://a:1",
                                "v4l2:///dev/video",
                                "v4l2:///dev/video0/x",
                                "v4l2:///dev/mem",
                                "ftp://camera/a",
                                "concat:a",
                                "rtsp://camera/a b",
                                "rtsp://camera/\n",
                                "file:///a\x7f",
                                "arn:aws:kinesisvideo:eu-west-1:123456789012:stream/door/1"}) {
    const auto checked = check_stream_uri(uri);
    ASSERT_FALSE(checked) << uri;
    EXPECT_EQ(checked.failure().code, core::error_code::invalid_argument);
  }
}

TEST(stream_uri, tells_who_sends_an_arn_of_kinesis_what_to_send) {
  const auto refused = check_stream_uri("arn:aws:kinesisvideo:eu-west-1:123456789012:stream/door/1").failure().message;
  for (const std::string part :
       {"Kinesis", "rtsp://", "rtsps://", "http://", "https://", "file:///", "zmq://", "v4l2:///"})
    EXPECT_NE(refused.find(part), refused.npos) << part;
}

TEST(stream_uri, is_not_repeated_by_refusals) {
  for (const std::string uri : {"ftp://user:word@camera", "rtsp://user:word@", "rtsp://user:word@camera/a b"}) {
    const auto failed = check_stream_uri(uri).failure();
    EXPECT_EQ((failed.message + failed.context).find("word"), std::string::npos) << failed.message;
  }
}

TEST(stream_uri, is_shown_without_its_password) {
  EXPECT_EQ(without_secrets("rtsp://user:word@camera:554/live?channel=1"), "rtsp://user:***@camera:554/live?channel=1");
  EXPECT_EQ(without_secrets("rtsp://user:@camera"), "rtsp://user:***@camera");
  EXPECT_EQ(without_secrets("rtsp://user@camera:554/"), "rtsp://user@camera:554/");
  EXPECT_EQ(without_secrets("rtsp://camera:554/live"), "rtsp://camera:554/live");
  EXPECT_EQ(without_secrets("v4l2:///dev/video0"), "v4l2:///dev/video0");
  EXPECT_EQ(without_secrets(""), "");
  EXPECT_EQ(without_secrets("word"), "word");
}

TEST(stream_uri, is_shown_without_a_password_that_ought_to_have_been_escaped) {
  for (const std::string word : {"wo/rd", "wo@rd", "wo:rd", "wo?rd", "wo#rd", "wo/r@d", "?wo@rd"})
    EXPECT_EQ(without_secrets("rtsp://user:" + word + "@camera/live"), "rtsp://user:***@camera/live");
}

TEST(stream_uri, is_shown_without_the_secrets_of_its_query) {
  EXPECT_EQ(without_secrets("http://camera/v?user=u&pwd=word&size=2"), "http://camera/v?user=u&pwd=***&size=2");
  EXPECT_EQ(without_secrets("http://u:w@camera/v?Password=word"), "http://u:***@camera/v?Password=***");
  EXPECT_EQ(without_secrets("http://camera/v?access_token=a=b;x=1&authKey=&flag"),
            "http://camera/v?access_token=***;x=1&authKey=***&flag");
}

} // namespace
} // namespace rollcall::wire
