#include "vision/capture/ffmpeg_feed.hpp"

#include "vision/capture/ffmpeg.hpp"
#include "vision/capture/frame_converter.hpp"
#include "vision/capture/opened_input.hpp"

#include <cmath>
#include <utility>

namespace rollcall::vision {

namespace {

using std::chrono::milliseconds;

/// A decoder of one thread: it adds no frames of delay, and a source costs at most one processor.
core::result<ffmpeg_ptr<AVCodecContext>> open_decoder(const AVStream& stream, const std::string& shown,
                                                      const capture_limits& limits) {
  const auto& parameters = *stream.codecpar;
  const auto refuse = [&] {
    return core::fail(core::error_code::invalid_image_format, shown + " can't be decoded: it is coded as "
                                                                  + avcodec_get_name(parameters.codec_id)
                                                                  + "; H.264 in MP4 is always understood");
  };
  const auto* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr)
    return refuse();
  ffmpeg_ptr<AVCodecContext> decoder{avcodec_alloc_context3(codec)};
  if (!decoder || avcodec_parameters_to_context(decoder.get(), &parameters) < 0)
    return refuse();
  decoder->thread_count = 1;
  decoder->max_pixels = static_cast<std::int64_t>(limits.max_pixels);
  decoder->pkt_timebase = stream.time_base;
  if (avcodec_open2(decoder.get(), codec, nullptr) < 0)
    return refuse();
  return decoder;
}

/// Frames a second that a stream states; 0 for none, and for what no camera gives.
double rate_of(const AVStream& stream) {
  const auto rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  constexpr double highest = 1000;
  const double value = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
  return value <= highest ? value : 0;
}

/// "AVI (Audio Video Interleaved)" is "AVI" to a reader, "RTSP input" "RTSP".
std::string format_of(const AVInputFormat& format) {
  const std::string name = format.long_name != nullptr ? format.long_name : format.name;
  return name == "RTSP input" ? "RTSP" : name.substr(0, name.find(" ("));
}

video_facts facts_of(const AVFormatContext& input, const AVStream& stream, source_kind kind, int quarter_turns) {
  video_facts facts;
  facts.width_px = stream.codecpar->width;
  facts.height_px = stream.codecpar->height;
  if (quarter_turns % 2 != 0)
    std::swap(facts.width_px, facts.height_px);
  facts.frames_per_s = rate_of(stream);
  // What is worked out from the bit rate is a guess.
  if (input.duration > 0 && input.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE)
    facts.duration = milliseconds{av_rescale(input.duration, 1000, AV_TIME_BASE)};
  facts.codec = avcodec_get_name(stream.codecpar->codec_id);
  facts.format = format_of(*input.iformat);
  // A server of RTSP may say how long it will send, but that its connection ends says nothing of an end.
  facts.is_live = kind == source_kind::stream && (facts.format == "RTSP" || facts.duration == milliseconds{0});
  facts.has_times = (static_cast<unsigned>(input.iformat->flags) & AVFMT_NOTIMESTAMPS) == 0;
  return facts;
}

class ffmpeg_feed final : public frame_feed {
public:
  ffmpeg_feed(opened_input input, ffmpeg_ptr<AVCodecContext> decoder, source_uri uri, const capture_limits& limits)
      : input_(std::move(input)),
        decoder_(std::move(decoder)),
        uri_(std::move(uri)),
        limits_(limits),
        converter_(quarter_turns_of(input_.stream()), limits.max_pixels),
        facts_(facts_of(input_.context(), input_.stream(), uri_.kind, quarter_turns_of(input_.stream()))) {}

  core::result<bool> advance() override;
  core::result<bgr8_image> picture() override { return converter_.convert(*frame_); }
  [[nodiscard]] milliseconds position() const override { return position_; }
  [[nodiscard]] const video_facts& facts() const noexcept override { return facts_; }

private:
  core::status feed_decoder();
  void note_position();
  [[nodiscard]] core::result<bool> end() const;
  [[nodiscard]] core::error failure_of(int code) const;

  opened_input input_;
  ffmpeg_ptr<AVCodecContext> decoder_;
  source_uri uri_;
  capture_limits limits_;
  frame_converter converter_;
  video_facts facts_;
  ffmpeg_ptr<AVFrame> frame_{av_frame_alloc()};
  ffmpeg_ptr<AVPacket> packet_{av_packet_alloc()};
  std::optional<std::int64_t> begin_; ///< timestamp of the first frame
  milliseconds position_{0};
  std::uint64_t frames_ = 0;
  bool is_drained_ = false;        ///< the decoder was told that no more comes
  std::optional<core::error> cut_; ///< why the input ended before its end
};

core::result<bool> ffmpeg_feed::advance() {
  input_.allow(limits_.read_timeout);
  for (;;) {
    const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (code == 0) {
      note_position();
      ++frames_;
      return true;
    }
    if (code == AVERROR_EOF)
      return end();
    // Another error is a damaged frame: the next one may be whole.
    if (is_drained_ && code != AVERROR_INVALIDDATA)
      return end();
    if (!is_drained_)
      ROLLCALL_CHECK(feed_decoder());
  }
}

/// Hands the next packet to the decoder; at the input's end, or where it breaks off, tells it to give what it has.
core::status ffmpeg_feed::feed_decoder() {
  av_packet_unref(packet_.get());
  const int code = av_read_frame(&input_.context(), packet_.get());
  if (input_.is_late())
    return failure_of(AVERROR_EXIT);
  if (code == AVERROR(EAGAIN))
    return core::nothing{};
  if (code < 0) {
    if (code != AVERROR_EOF || facts_.is_live || input_.lacks_frames())
      cut_ = failure_of(code);
    is_drained_ = true;
    avcodec_send_packet(decoder_.get(), nullptr);
  } else if (packet_->stream_index == input_.stream().index) {
    avcodec_send_packet(decoder_.get(), packet_.get()); // a damaged one is passed over
  }
  return core::nothing{};
}

core::result<bool> ffmpeg_feed::end() const {
  if (cut_)
    return *cut_;
  if (frames_ == 0)
    return core::fail(core::error_code::invalid_image_format,
                      uri_.shown + " holds no frame that can be decoded: the video is damaged");
  return false;
}

void ffmpeg_feed::note_position() {
  const auto at = frame_->best_effort_timestamp;
  if (at != AV_NOPTS_VALUE) {
    begin_ = begin_.value_or(at);
    position_ = milliseconds{av_rescale_q(at - *begin_, input_.stream().time_base, {1, 1000})};
  } else if (facts_.frames_per_s > 0) {
    position_ = milliseconds{std::llround(1000 * static_cast<double>(frames_) / facts_.frames_per_s)};
  }
}

core::error ffmpeg_feed::failure_of(int code) const {
  if (uri_.kind == source_kind::file)
    return core::fail(core::error_code::invalid_image_format,
                      uri_.shown + " is damaged or cut short after " + std::to_string(frames_)
                          + " frames: export or copy it again",
                      ffmpeg_text(code));
  const auto* what = code == AVERROR_EXIT ? " sends no picture any more" : " broke off";
  return core::fail(core::error_code::unavailable, "the stream of " + uri_.shown + what, ffmpeg_text(code));
}

} // namespace

core::result<std::unique_ptr<frame_feed>> open_ffmpeg(const source_uri& uri, const capture_limits& limits) {
  ROLLCALL_TRY(auto input, opened_input::open(uri, limits));
  ROLLCALL_TRY(auto decoder, open_decoder(input.stream(), uri.shown, limits));
  return std::unique_ptr<frame_feed>{std::make_unique<ffmpeg_feed>(std::move(input), std::move(decoder), uri, limits)};
}

} // namespace rollcall::vision
