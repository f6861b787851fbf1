#include "tests/unit/vision/made_videos.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <opencv2/imgcodecs.hpp>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace rollcall::vision {
namespace {

using core::error_code;
using std::chrono::milliseconds;

/// A server on loopback that gives whoever comes the same bytes, and then says no more; or, without bytes, nothing.
class mute_server {
public:
  explicit mute_server(core::bytes says = {}) : says_(std::move(says)) {
    listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listening_, generic, size), 0);
    EXPECT_EQ(::listen(listening_, 4), 0);
    EXPECT_EQ(::getsockname(listening_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }

  ~mute_server() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
    for (const int each : taken_)
      ::close(each);
  }

  mute_server(const mute_server&) = delete;
  mute_server& operator=(const mute_server&) = delete;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
  void serve() {
    for (int one = ::accept(listening_, nullptr, nullptr); one >= 0; one = ::accept(listening_, nullptr, nullptr)) {
      taken_.push_back(one);
      for (std::size_t sent = 0; sent < says_.size();) {
        const auto more = ::send(one, says_.data() + sent, says_.size() - sent, MSG_NOSIGNAL);
        if (more <= 0)
          break;
        sent += static_cast<std::size_t>(more);
      }
    }
  }

  core::bytes says_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> taken_;
  std::thread thread_;
};

core::bytes http_answer(const std::string& head, const core::bytes& body) {
  const auto text = "HTTP/1.1 " + head + "\r\n\r\n";
  core::bytes whole{text.begin(), text.end()};
  whole.insert(whole.end(), body.begin(), body.end());
  return whole;
}

capture_limits short_limits() {
  capture_limits limits;
  limits.open_timeout = limits.read_timeout = milliseconds{300};
  return limits;
}

core::bytes made_file(const std::string& name, const std::string& codec, int frames) {
  const test::temp_dir folder;
  make_video(folder.path() / name, codec, {64, 48}, frames);
  return test::read_file(folder.path() / name);
}

TEST(video_stream, that_never_answers_is_out_of_reach_in_time_and_keeps_its_secrets) {
  const mute_server server;
  for (const char* scheme : {"rtsp", "http"}) {
    const auto begin = std::chrono::steady_clock::now();
    const auto refused = refusal_of(
        std::string{scheme} + "://user:secret@" + server.address() + "/secret?secret=secret", short_limits());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
    EXPECT_EQ(refused.code, error_code::unavailable) << refused.message;
    EXPECT_NE(refused.message.find(server.address()), std::string::npos) << refused.message;
    EXPECT_EQ((refused.message + refused.context).find("secret"), std::string::npos) << refused.message;
  }
}

TEST(video_stream, of_nobody_is_out_of_reach) {
  std::string address;
  {
    const mute_server gone;
    address = gone.address();
  }
  EXPECT_EQ(refusal_of("rtsp://" + address + "/1", short_limits()).code, error_code::unavailable);
  EXPECT_EQ(refusal_of("http://" + address + "/1", short_limits()).code, error_code::unavailable);
}

TEST(video_stream, that_wants_other_credentials_says_so) {
  const mute_server server{http_answer("401 Unauthorized\r\nContent-Length: 0", {})};
  const auto refused = refusal_of("http://user:secret@" + server.address() + "/1", short_limits());
  EXPECT_EQ(refused.code, error_code::unavailable);
  EXPECT_NE(refused.message.find("password"), std::string::npos) << refused.message;
  EXPECT_EQ((refused.message + refused.context).find("secret"), std::string::npos);
}

TEST(video_stream, of_a_web_page_is_no_video) {
  const std::string page = "<html>Log in to your camera</html>";
  const mute_server server{
      http_answer("200 OK\r\nContent-Length: " + std::to_string(page.size()), {page.begin(), page.end()})};
  EXPECT_EQ(refusal_of("http://" + server.address() + "/1", short_limits()).code, error_code::invalid_image_format);
}

TEST(video_stream, is_read_like_the_file_that_it_sends) {
  const auto file = made_file("a.ts", "MPG2", 10);
  const mute_server server{http_answer("200 OK\r\nContent-Length: " + std::to_string(file.size()), file)};
  auto source = video_source::open("http://" + server.address() + "/a");
  ASSERT_TRUE(source) << source.failure().message << source.failure().context;
  EXPECT_EQ((*source)->facts().format, "MPEG-TS");
  const auto all = read_all(**source);
  EXPECT_EQ(all.frames.size(), 10U);
}

// Of Motion JPEG FFmpeg says 25 frames a second, whatever comes.
TEST(video_stream, of_single_pictures_has_no_times_of_its_own) {
  core::bytes parts;
  for (int number = 0; number < 4; ++number) {
    core::bytes picture;
    cv::imencode(".jpg", made_frame(number, {64, 48}), picture);
    const auto head =
        "--next\r\nContent-Type: image/jpeg\r\nContent-Length: " + std::to_string(picture.size()) + "\r\n\r\n";
    parts.insert(parts.end(), head.begin(), head.end());
    parts.insert(parts.end(), picture.begin(), picture.end());
    parts.insert(parts.end(), {'\r', '\n'});
  }
  const mute_server server{http_answer("200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=next", parts)};
  const auto source = video_source::open("http://" + server.address() + "/1", short_limits());
  ASSERT_TRUE(source) << source.failure().message << source.failure().context;
  EXPECT_TRUE((*source)->facts().is_live);
  EXPECT_FALSE((*source)->facts().has_times);
  EXPECT_TRUE((*source)->read());
}

// A camera's body has no end; when no frame comes for the time allowed, that is an error, not the end.
TEST(video_stream, that_falls_silent_fails_after_the_frames_that_came) {
  const auto file = made_file("a.ts", "MPG2", 200);
  const mute_server server{http_answer("200 OK", file)};
  capture_limits limits;
  limits.read_timeout = milliseconds{300};
  auto source = video_source::open("http://" + server.address() + "/a", limits);
  ASSERT_TRUE(source) << source.failure().message << source.failure().context;
  EXPECT_TRUE((*source)->facts().is_live);
  const auto all = read_all(**source);
  EXPECT_GT(all.frames.size(), 150U);
  ASSERT_TRUE(all.failure);
  EXPECT_EQ(all.failure->code, error_code::unavailable) << all.failure->message;
}

} // namespace
} // namespace rollcall::vision
