#include "vision/capture/source_uri.hpp"

#include <gtest/gtest.h>

namespace rollcall::vision {
namespace {

TEST(source_uri, tells_files_streams_and_devices_apart) {
  EXPECT_EQ(parse_source_uri("file:///videos/door.mp4")->kind, source_kind::file);
  EXPECT_EQ(parse_source_uri("file:///videos/door.mp4")->target, "/videos/door.mp4");
  EXPECT_EQ(parse_source_uri("v4l2:///dev/video2")->kind, source_kind::device);
  for (const char* stream : {"rtsp://camera/1", "rtsps://camera/1", "http://camera/1", "https://camera/1"}) {
    EXPECT_EQ(parse_source_uri(stream)->kind, source_kind::stream);
    EXPECT_EQ(parse_source_uri(stream)->target, stream);
  }
  EXPECT_EQ(parse_source_uri("RTSP://Camera/One")->target, "rtsp://Camera/One");
}

TEST(source_uri, resolves_escapes_in_paths_alone) {
  EXPECT_EQ(parse_source_uri("file:///a%20b/100%/%zz%4")->target, "/a b/100%/%zz%4");
  EXPECT_EQ(parse_source_uri("http://camera/a%20b")->target, "http://camera/a%20b");
}

TEST(source_uri, shows_nothing_of_a_stream_but_its_host) {
  for (const char* secret : {"rtsp://user:secret@camera:554/secret?token=secret", "rtsp://secret@camera:554",
                             "rtsp://a:p@secret@camera:554/", "rtsp://camera:554/user=secret_password=secret",
                             "rtsp://camera:554?secret", "rtsp://camera:554#secret"})
    EXPECT_EQ(parse_source_uri(secret)->shown, "rtsp://camera:554") << secret;
}

TEST(source_uri, names_the_schemes_that_it_knows) {
  for (const char* unknown : {"ftp://camera/1", "concat:///a", "data://x/1", "://camera", "FILES:///a"}) {
    const auto refused = parse_source_uri(unknown);
    ASSERT_FALSE(refused) << unknown;
    EXPECT_EQ(refused.failure().code, core::error_code::invalid_argument);
    for (const char* known : {"rtsp://", "rtsps://", "http://", "https://", "file:///", "v4l2:///"})
      EXPECT_NE(refused.failure().message.find(known), std::string::npos) << refused.failure().message;
  }
}

TEST(source_uri, refuses_what_is_not_whole) {
  for (const char* broken : {"", "/videos/door.mp4", "rtsp:/camera", "file://", "file://videos/door.mp4", "v4l2://0",
                             "rtsp://", "rtsp:///1", "http://user:secret@/1", "file:///a%00b"}) {
    const auto refused = parse_source_uri(broken);
    ASSERT_FALSE(refused) << broken;
    EXPECT_EQ(refused.failure().code, core::error_code::invalid_argument);
    EXPECT_EQ(refused.failure().message.find("secret"), std::string::npos);
  }
}

} // namespace
} // namespace rollcall::vision
