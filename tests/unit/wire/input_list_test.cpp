#include "wire/input_list.hpp"

#include <gtest/gtest.h>

namespace rollcall::wire {
namespace {

bool allows(std::string_view list, std::string_view uri) {
  const auto made = input_list::parse(list);
  EXPECT_TRUE(made) << list;
  return made && made->check(uri);
}

TEST(input_list_test, empty_it_allows_everything) {
  for (const auto* uri : {"rtsp://anywhere/1", "file:///etc/passwd", "zmq://door", "v4l2:///dev/video0"}) {
    EXPECT_TRUE(allows("", uri)) << uri;
    EXPECT_TRUE(input_list{}.check(uri)) << uri;
  }
}

TEST(input_list_test, compares_scheme_host_and_port) {
  const auto* list = "rtsp://10.1.2.*,http://cam.example.org:8080/,zmq://*";
  for (const auto* uri : {"rtsp://10.1.2.7/live", "rtsp://10.1.2.7:554/live?profile=1", "rtsp://ann:secret@10.1.2.7/",
                          "rtsp://ann:p@ss@10.1.2.7/", "http://CAM.example.org:8080/a/b", "zmq://door"})
    EXPECT_TRUE(allows(list, uri)) << uri;
  for (const auto* uri :
       {"rtsp://10.1.3.7/live", "rtsps://10.1.2.7/live", "http://cam.example.org/", "http://cam.example.org:80801/",
        "rtsp://10.1.2.7@evil.example/", "rtsp://evil.example/10.1.2.7", "rtsp://evil.example?10.1.2.7",
        "rtsp://evil.example#@10.1.2.7/", "file:///srv/a.avi", "v4l2:///dev/video0"})
    EXPECT_FALSE(allows(list, uri)) << uri;
  EXPECT_TRUE(allows("rtsp://*.example.org", "rtsp://door.example.org/1"));
  EXPECT_FALSE(allows("rtsp://*.example.org", "rtsp://door.example.org.evil.net/1"));
  EXPECT_TRUE(allows("rtsp://[fd00::1]", "rtsp://[fd00::1]:554/live"));
}

TEST(input_list_test, allows_a_path_and_what_lies_beneath_it) {
  for (const auto* list : {"file:///srv/clips", "file:///srv/clips/"}) {
    EXPECT_TRUE(allows(list, "file:///srv/clips/door.avi?repeat")) << list;
    EXPECT_TRUE(allows(list, "file:///srv/clips/a/b")) << list;
    for (const auto* uri : {"file:///srv/clips2/a", "file:///srv/clips/../secret", "file:///srv/clips/..",
                            "file:///srv/", "file:///etc/passwd?/srv/clips"})
      EXPECT_FALSE(allows(list, uri)) << list << " " << uri;
  }
}

TEST(input_list_test, says_which_entry_is_none_and_which_input_is_refused_without_its_password) {
  for (const auto* list : {"10.1.2.7", "rtsp://a,/srv/clips", "file:///srv/../etc", "://a"}) {
    const auto made = input_list::parse(list);
    ASSERT_FALSE(made) << list;
    EXPECT_EQ(made.failure().code, core::error_code::invalid_config);
  }
  EXPECT_NE(input_list::parse("rtsp://a,/srv/clips").failure().message.find("\"/srv/clips\""), std::string::npos);
  const auto refused = input_list::parse("file:///srv")->check("rtsp://ann:secret@10.1.2.7/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, core::error_code::access_denied);
  EXPECT_NE(refused.failure().message.find("cameras.inputs"), std::string::npos);
  EXPECT_EQ(refused.failure().message.find("secret"), std::string::npos);
}

} // namespace
} // namespace rollcall::wire
