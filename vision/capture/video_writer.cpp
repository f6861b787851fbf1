#include "vision/capture/video_writer.hpp"

#include "vision/capture/ffmpeg.hpp"

#include <array>
#include <string>
#include <utility>

namespace rollcall::vision {

namespace {

struct output_deleter {
  void operator()(AVFormatContext* held) const {
    if (held->pb != nullptr && (held->oformat->flags & AVFMT_NOFILE) == 0)
      avio_closep(&held->pb);
    avformat_free_context(held);
  }
};

core::error failed(core::error_code code, const std::string& what, int why) {
  return core::fail(code, what + ": " + ffmpeg_text(why));
}

const AVCodec* find_encoder() {
  for (const auto* name : {"libx264", "libopenh264", "mpeg4"})
    if (const auto* found = avcodec_find_encoder_by_name(name))
      return found;
  return nullptr;
}

} // namespace

struct video_writer::state {
  std::string shown;
  std::unique_ptr<AVFormatContext, output_deleter> file;
  ffmpeg_ptr<AVCodecContext> encoder;
  ffmpeg_ptr<AVFrame> frame{av_frame_alloc()};
  ffmpeg_ptr<AVPacket> packet{av_packet_alloc()};
  ffmpeg_ptr<SwsContext> scaler;
  AVStream* stream = nullptr;
  std::int64_t next = 0;

  core::status begin(const std::filesystem::path& to, int width_px, int height_px, int frames_per_s);
  core::status open_encoder(int width_px, int height_px, int frames_per_s);
  core::status encode(const AVFrame* what);
};

core::status video_writer::state::begin(const std::filesystem::path& to, int width_px, int height_px,
                                        int frames_per_s) {
  shown = to.string();
  if (width_px < 2 || height_px < 2 || frames_per_s < 1 || frames_per_s > 240)
    return core::fail(core::error_code::invalid_argument, "a video has sides of 2 pixels at least, and 1 to 240 frames "
                                                          "a second");
  AVFormatContext* made = nullptr;
  if (avformat_alloc_output_context2(&made, nullptr, nullptr, shown.c_str()) < 0 || made == nullptr)
    return core::fail(core::error_code::invalid_argument,
                      shown + " does not end as a video does: name it, for instance, FILE.mp4");
  file.reset(made);
  ROLLCALL_CHECK(open_encoder(width_px / 2 * 2, height_px / 2 * 2, frames_per_s));
  if (const int why = avio_open(&file->pb, shown.c_str(), AVIO_FLAG_WRITE); why < 0)
    return failed(core::error_code::storage_full, shown + " can't be written", why);
  if (const int why = avformat_write_header(file.get(), nullptr); why < 0)
    return failed(core::error_code::storage_full, shown + " can't be written", why);
  return core::nothing{};
}

core::status video_writer::state::open_encoder(int width_px, int height_px, int frames_per_s) {
  const auto* codec = find_encoder();
  if (codec == nullptr)
    return core::fail(core::error_code::unsupported, "FFmpeg's libraries have no encoder for H.264 or MPEG-4 here");
  encoder.reset(avcodec_alloc_context3(codec));
  encoder->width = frame->width = width_px;
  encoder->height = frame->height = height_px;
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  frame->format = AV_PIX_FMT_YUV420P;
  encoder->time_base = {1, frames_per_s};
  encoder->framerate = {frames_per_s, 1};
  encoder->gop_size = 2 * frames_per_s;
  encoder->bit_rate = 4'000'000; // of encoders that know no quality
  encoder->thread_count = 2;
  if ((file->oformat->flags & AVFMT_GLOBALHEADER) != 0)
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  ffmpeg_options options;
  options.set("preset", "veryfast");
  options.set("crf", "23");
  if (const int why = avcodec_open2(encoder.get(), codec, options.pointer()); why < 0)
    return failed(core::error_code::unsupported, "the encoder can't be opened", why);
  stream = avformat_new_stream(file.get(), nullptr);
  if (stream == nullptr || avcodec_parameters_from_context(stream->codecpar, encoder.get()) < 0
      || av_frame_get_buffer(frame.get(), 0) < 0)
    return core::fail(core::error_code::internal, "the video can't be begun");
  stream->time_base = encoder->time_base;
  return core::nothing{};
}

core::status video_writer::state::encode(const AVFrame* what) {
  if (const int why = avcodec_send_frame(encoder.get(), what); why < 0)
    return failed(core::error_code::internal, "a frame can't be encoded", why);
  for (;;) {
    const int got = avcodec_receive_packet(encoder.get(), packet.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF)
      return core::nothing{};
    if (got < 0)
      return failed(core::error_code::internal, "a frame can't be encoded", got);
    packet->duration = 1; // a frame, else the last one has none, and is not shown
    av_packet_rescale_ts(packet.get(), encoder->time_base, stream->time_base);
    packet->stream_index = stream->index;
    if (const int why = av_interleaved_write_frame(file.get(), packet.get()); why < 0)
      return failed(core::error_code::storage_full, shown + " can't be written", why);
  }
}

video_writer::video_writer(std::unique_ptr<state> made) : state_(std::move(made)) {}
video_writer::~video_writer() = default;

core::result<std::unique_ptr<video_writer>> video_writer::open(const std::filesystem::path& file, int width_px,
                                                               int height_px, int frames_per_s) {
  auto made = std::make_unique<state>();
  ROLLCALL_CHECK(made->begin(file, width_px, height_px, frames_per_s));
  return std::unique_ptr<video_writer>{new video_writer{std::move(made)}};
}

core::status video_writer::add(const bgr8_image& frame) {
  auto& with = *state_;
  if (!frame.pixels || frame.width_px < 1 || frame.height_px < 1)
    return core::fail(core::error_code::invalid_argument, "a frame needs pixels");
  with.scaler.reset(sws_getCachedContext(with.scaler.release(), frame.width_px, frame.height_px, AV_PIX_FMT_BGR24,
                                         with.frame->width, with.frame->height, AV_PIX_FMT_YUV420P, SWS_BILINEAR,
                                         nullptr, nullptr, nullptr));
  if (!with.scaler || av_frame_make_writable(with.frame.get()) < 0)
    return core::fail(core::error_code::internal, "a frame can't be converted");
  const std::array<const std::uint8_t*, 4> planes{frame.pixels.get()};
  const std::array<int, 4> strides{static_cast<int>(frame.stride_bytes)};
  sws_scale(with.scaler.get(), planes.data(), strides.data(), 0, frame.height_px, with.frame->data,
            with.frame->linesize);
  with.frame->pts = with.next++;
  return with.encode(with.frame.get());
}

core::status video_writer::finish() {
  auto& with = *state_;
  ROLLCALL_CHECK(with.encode(nullptr));
  if (const int why = av_write_trailer(with.file.get()); why < 0)
    return failed(core::error_code::storage_full, with.shown + " can't be written", why);
  return core::nothing{};
}

} // namespace rollcall::vision
