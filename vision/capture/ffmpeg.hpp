/// FFmpeg's C interface, its objects owned. Inside vision/capture/ only.
///
/// The libraries themselves, and not OpenCV's `VideoCapture` over them: that one (4.6) reads beyond a frame whose size
/// changes in the middle, turns pictures by the wrong sign of the rotation, gives each source a decoder thread per
/// processor, and holds a lock of the whole process while it waits for a camera that does not answer.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace rollcall::vision {

struct ffmpeg_deleter {
  void operator()(AVFormatContext* held) const { avformat_close_input(&held); }
  void operator()(AVCodecContext* held) const { avcodec_free_context(&held); }
  void operator()(AVFrame* held) const { av_frame_free(&held); }
  void operator()(AVPacket* held) const { av_packet_free(&held); }
  void operator()(SwsContext* held) const { sws_freeContext(held); }
};

template <class Held>
using ffmpeg_ptr = std::unique_ptr<Held, ffmpeg_deleter>;

/// Options by name, as FFmpeg's calls take them.
class ffmpeg_options {
public:
  ffmpeg_options() = default;
  ~ffmpeg_options() { av_dict_free(&held_); }
  ffmpeg_options(const ffmpeg_options&) = delete;
  ffmpeg_options& operator=(const ffmpeg_options&) = delete;

  void set(const char* name, const std::string& value) { av_dict_set(&held_, name, value.c_str(), 0); }
  [[nodiscard]] AVDictionary** pointer() noexcept { return &held_; }

private:
  AVDictionary* held_ = nullptr;
};

/// What FFmpeg says of an error code of its own.
[[nodiscard]] inline std::string ffmpeg_text(int code) {
  std::string text(AV_ERROR_MAX_STRING_SIZE, '\0');
  av_strerror(code, text.data(), text.size());
  return text.c_str();
}

} // namespace rollcall::vision
