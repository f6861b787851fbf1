#include "vision/capture/opened_input.hpp"

#include <mutex>
#include <vector>

namespace rollcall::vision {

namespace {

using std::chrono::steady_clock;

/// What a file may be. Not among them: playlists, which name other files, and still pictures.
constexpr auto* file_formats =
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,mxf,ivf,mjpeg,mpjpeg,h264,hevc,m4v,dv,gif,wtv,rm,nut";

void prepare_libraries() {
  av_log_set_level(AV_LOG_QUIET); // what they say of hostile files goes to nobody; OpenCV sets it to its own liking
  static std::once_flag once;
  std::call_once(once, [] { avformat_network_init(); });
}

int is_over(void* until) {
  return steady_clock::now() >= *static_cast<steady_clock::time_point*>(until) ? 1 : 0;
}

void set_access(const source_uri& uri, const capture_limits& limits, ffmpeg_options& options) {
  if (uri.kind == source_kind::file) {
    options.set("protocol_whitelist", "file");
    options.set("format_whitelist", file_formats);
    return;
  }
  options.set("protocol_whitelist", "http,https,httpproxy,tcp,tls,udp,rtp,srtp,crypto");
  options.set("format_whitelist", std::string{file_formats} + ",rtsp,rtp,sdp,hls,applehttp");
  if (uri.scheme == "rtsp" || uri.scheme == "rtsps")
    options.set("rtsp_transport", "tcp"); // over UDP lost packets tear faces apart
  else
    options.set("rw_timeout", std::to_string(std::chrono::microseconds{limits.read_timeout}.count()));
}

/// Whether any stream is larger than allowed, as far as sizes are known.
core::status check_sizes(const AVFormatContext& input, const source_uri& uri, const capture_limits& limits) {
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const auto& size = *input.streams[i]->codecpar;
    if (static_cast<std::int64_t>(size.width) * size.height > static_cast<std::int64_t>(limits.max_pixels))
      return core::fail(core::error_code::image_too_large, "the frames of " + uri.shown + " have more than "
                                                               + std::to_string(limits.max_pixels)
                                                               + " pixels: record or export it in a smaller size");
  }
  return core::nothing{};
}

} // namespace

core::result<opened_input> opened_input::open(const source_uri& uri, const capture_limits& limits) {
  prepare_libraries();
  opened_input made;
  made.allow(limits.open_timeout);
  ROLLCALL_CHECK(made.start(uri, limits));
  ROLLCALL_CHECK(made.choose_stream(uri, limits));
  return made;
}

void opened_input::allow(std::chrono::milliseconds time) noexcept {
  *until_ = steady_clock::now() + time;
}

bool opened_input::is_late() const noexcept {
  return steady_clock::now() >= *until_;
}

bool opened_input::lacks_frames() const noexcept {
  auto* stream = input_->streams[stream_->index];
  const auto* last = avformat_index_get_entry(stream, avformat_index_get_entries_count(stream) - 1);
  const auto bytes = input_->pb != nullptr ? avio_size(input_->pb) : -1;
  return last != nullptr && bytes >= 0 && last->pos + last->size > bytes;
}

core::status opened_input::start(const source_uri& uri, const capture_limits& limits) {
  auto* context = avformat_alloc_context();
  if (context == nullptr)
    return core::fail(core::error_code::internal, "there is no memory for a video source");
  context->interrupt_callback = {is_over, until_.get()};
  ffmpeg_options options;
  set_access(uri, limits, options);
  const int code = avformat_open_input(&context, uri.target.c_str(), nullptr, options.pointer());
  if (code < 0) // it has freed the context
    return failure_of(code, uri, limits);
  input_.reset(context);
  return core::nothing{};
}

core::status opened_input::choose_stream(const source_uri& uri, const capture_limits& limits) {
  ROLLCALL_CHECK(check_sizes(*input_, uri, limits));
  // Finding out decodes a frame or two, of all streams that are there by now.
  std::vector<AVDictionary*> bounds(input_->nb_streams);
  for (auto& each : bounds)
    av_dict_set_int(&each, "max_pixels", static_cast<std::int64_t>(limits.max_pixels), 0);
  const int code = avformat_find_stream_info(input_.get(), bounds.data());
  for (auto& each : bounds)
    av_dict_free(&each);
  const int found = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (is_late())
    return failure_of(AVERROR_EXIT, uri, limits);
  if (code < 0 || found < 0)
    return failure_of(AVERROR_INVALIDDATA, uri, limits);
  for (unsigned i = 0; i < input_->nb_streams; ++i)
    if (static_cast<int>(i) != found)
      input_->streams[i]->discard = AVDISCARD_ALL;
  stream_ = input_->streams[found];
  return check_sizes(*input_, uri, limits);
}

core::error opened_input::failure_of(int code, const source_uri& uri, const capture_limits& limits) const {
  const auto why = ffmpeg_text(code);
  if (uri.kind == source_kind::file && (code == AVERROR(EACCES) || code == AVERROR(ENOENT)))
    return core::fail(core::error_code::not_found, uri.shown + " can't be read: see its rights", why);
  if (uri.kind == source_kind::stream && (is_late() || code == AVERROR_EXIT))
    return core::fail(core::error_code::unavailable,
                      uri.shown + " gave no video within " + std::to_string(limits.open_timeout.count()) + " ms");
  if (code == AVERROR_HTTP_UNAUTHORIZED || code == AVERROR_HTTP_FORBIDDEN)
    return core::fail(core::error_code::unavailable, uri.shown + " refuses: see the user and password of its URI", why);
  if (uri.kind == source_kind::stream && code != AVERROR_INVALIDDATA && code != AVERROR(EINVAL))
    return core::fail(core::error_code::unavailable, uri.shown + " can't be reached, or has no such stream", why);
  return core::fail(core::error_code::invalid_image_format,
                    uri.shown + " is not a video, or is damaged: MP4, MOV, AVI and WebM files are understood", why);
}

} // namespace rollcall::vision
