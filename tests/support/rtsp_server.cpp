// Serves an H.264 video as an RTSP camera, for tests: rtsp_server FILE.mp4 [PORT]. Prints "ready PORT" once it listens;
// each who connects gets the video from its beginning, at its own speed. Ends by a signal.
#include <cstdio>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <string>

int main(int count, char** words) {
  if (count < 2) {
    std::fputs("usage: rtsp_server FILE.mp4 [PORT]\n", stderr);
    return 2;
  }
  gst_init(nullptr, nullptr);
  auto* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, "127.0.0.1");
  gst_rtsp_server_set_service(server, count > 2 ? words[2] : "0");
  auto* factory = gst_rtsp_media_factory_new();
  const std::string launch = std::string{"( filesrc location=\""} + words[1]
                             + "\" ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )";
  gst_rtsp_media_factory_set_launch(factory, launch.c_str());
  auto* mounts = gst_rtsp_server_get_mount_points(server);
  gst_rtsp_mount_points_add_factory(mounts, "/live", factory);
  g_object_unref(mounts);
  if (gst_rtsp_server_attach(server, nullptr) == 0) {
    std::fputs("rtsp_server: the port can't be listened on\n", stderr);
    return 1;
  }
  std::printf("ready %d\n", gst_rtsp_server_get_bound_port(server));
  std::fflush(stdout);
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
}
