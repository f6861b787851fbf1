#include "actors/peers/embedding_codec.hpp"

#include "actors/peers/peer_bytes.hpp"

#include <array>
#include <cstring>
#include <optional>

namespace rollcall::actors {

namespace {

namespace pb = net::pb;

using peer_bytes::malformed;
using peer_bytes::parse;
using peer_bytes::read;
using peer_bytes::to_body;
using peer_bytes::to_text;

// Of a picture and of ages; what is larger is no such thing.
constexpr std::uint32_t most_pixels = 1U << 20U;
constexpr std::uint32_t most_years = 1'000;

template <class Times> // const or not
auto in_order(Times& times) {
  return std::array{&times.decode, &times.detect, &times.landmark, &times.embed, &times.attributes, &times.networks};
}

template <class Box>
void write(const Box& from, pb::box& to) {
  to.set_left(from.left);
  to.set_top(from.top);
  to.set_width(from.width);
  to.set_height(from.height);
}

template <class Box>
void read(const pb::box& from, Box& to) {
  to = {from.left(), from.top(), from.width(), from.height()};
}

void write(const vision::verdict& from, pb::verdict& to) {
  to.set_value(from.value);
  to.set_confidence(from.confidence);
}

vision::verdict read(const pb::verdict& from) {
  return {from.value(), from.confidence()};
}

void write(const vision::face_attributes& from, pb::face& to) {
  if (from.age_range) {
    to.set_age_low(static_cast<std::uint32_t>(from.age_range->first));
    to.set_age_high(static_cast<std::uint32_t>(from.age_range->second));
  }
  if (from.is_male)
    write(*from.is_male, *to.mutable_is_male());
  for (const auto& [kind, confidence] : from.emotions) {
    auto& one = *to.add_emotions();
    one.set_kind(static_cast<std::uint32_t>(kind));
    one.set_confidence(confidence);
  }
}

bool read(const pb::face& from, vision::face_attributes& to) {
  if (from.age_high() > most_years || from.age_low() > from.age_high())
    return false;
  if (from.age_high() > 0)
    to.age_range = {static_cast<int>(from.age_low()), static_cast<int>(from.age_high())};
  if (from.has_is_male())
    to.is_male = read(from.is_male());
  for (const auto& one : from.emotions()) {
    auto& [kind, confidence] = to.emotions.emplace_back();
    confidence = one.confidence();
    if (!read(one.kind(), kind, vision::emotion::fear))
      return false;
  }
  return true;
}

void write(const vision::face& from, pb::face& to) {
  write(from.box, *to.mutable_pixels());
  write(from.box_ratio, *to.mutable_ratios());
  to.set_confidence(from.confidence);
  to.set_landmarks(reinterpret_cast<const char*>(from.points.data()), sizeof from.points);
  to.set_yaw(from.pose.yaw);
  to.set_pitch(from.pose.pitch);
  to.set_roll(from.pose.roll);
  to.set_brightness(from.brightness);
  to.set_sharpness(from.sharpness);
  to.set_quality(from.quality);
  for (const auto reason : from.reasons)
    to.add_reasons(static_cast<std::uint32_t>(reason));
  write(from.eyes_open, *to.mutable_eyes_open());
  write(from.mouth_open, *to.mutable_mouth_open());
  write(from.attributes, to);
  to.set_embedding(to_text(from.embedding));
}

bool read(const pb::face& from, vision::face& to) {
  read(from.pixels(), to.box);
  read(from.ratios(), to.box_ratio);
  to.confidence = from.confidence();
  if (from.landmarks().size() != sizeof to.points)
    return false;
  std::memcpy(to.points.data(), from.landmarks().data(), sizeof to.points);
  to.pose = {from.yaw(), from.pitch(), from.roll()};
  to.brightness = from.brightness();
  to.sharpness = from.sharpness();
  to.quality = from.quality();
  for (const auto reason : from.reasons())
    if (!read(reason, to.reasons.emplace_back(), vision::quality_reason::low_face_quality))
      return false;
  to.eyes_open = read(from.eyes_open());
  to.mouth_open = read(from.mouth_open());
  return read(from, to.attributes) && read(from.embedding(), to.embedding);
}

using pb_output = google::protobuf::io::CodedOutputStream;
using pb_input = google::protobuf::io::CodedInputStream;

// How protobuf writes what follows a field's number.
enum class wire_type : std::uint8_t { varint = 0, eight_bytes = 1, counted = 2, four_bytes = 5 };

constexpr std::uint32_t image_tag =
    (pb::analyze_request::kImageFieldNumber << 3U) | static_cast<std::uint32_t>(wire_type::counted);
constexpr std::size_t most_key_bytes = 16; // the tag and the length

bool skip(pb_input& in, wire_type what) {
  std::uint64_t number = 0;
  std::uint32_t count = 0;
  switch (what) {
    case wire_type::varint:
      return in.ReadVarint64(&number);
    case wire_type::eight_bytes:
      return in.Skip(8);
    case wire_type::counted:
      return in.ReadVarint32(&count) && in.Skip(static_cast<int>(count));
    case wire_type::four_bytes:
      return in.Skip(4);
  }
  return false;
}

bool merge(google::protobuf::MessageLite& into, core::byte_view more) {
  pb_input in(more.data(), static_cast<int>(more.size()));
  return into.MergeFromCodedStream(&in) && in.ConsumedEntireMessage();
}

// The image within a body, and what the body says besides.
struct image_place {
  core::byte_view before, image, after;
};

// None: the body is none. The image is the first that it has; empty where it has none.
std::optional<image_place> find_image(core::byte_view body) {
  pb_input in(body.data(), static_cast<int>(body.size()));
  while (true) {
    const auto begin = static_cast<std::size_t>(in.CurrentPosition());
    const auto tag = in.ReadTag();
    if (tag == 0)
      return in.ConsumedEntireMessage() ? std::optional{image_place{body, {}, {}}} : std::nullopt;
    if (tag != image_tag) {
      if (!skip(in, static_cast<wire_type>(tag & 7U)))
        return std::nullopt;
      continue;
    }
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size))
      return std::nullopt;
    const auto at = static_cast<std::size_t>(in.CurrentPosition());
    if (size > body.size() - at)
      return std::nullopt;
    return image_place{body.first(begin), body.subspan(at, size), body.subspan(at + size)};
  }
}

} // namespace

// The picture is by far the most of the message: it is copied once on each side, past protobuf, which would copy it
// twice.
core::shared_bytes encode(const analyze_request& request) {
  pb::analyze_request rest;
  rest.set_request(to_text(request.request.id));
  rest.set_embed(static_cast<std::uint32_t>(request.options.embed));
  rest.set_filter(static_cast<std::uint32_t>(request.options.filter));
  rest.set_want_attributes(request.options.want_attributes);
  rest.set_is_aligned(request.options.is_aligned);
  const auto& image = *request.image;
  core::bytes made;
  made.reserve(rest.ByteSizeLong() + most_key_bytes + image.size());
  made.resize(rest.ByteSizeLong() + most_key_bytes);
  auto* end = rest.SerializeWithCachedSizesToArray(made.data());
  end = pb_output::WriteTagToArray(image_tag, end);
  end = pb_output::WriteVarint32ToArray(static_cast<std::uint32_t>(image.size()), end);
  made.resize(static_cast<std::size_t>(end - made.data()));
  made.insert(made.end(), image.begin(), image.end());
  return std::make_shared<const core::bytes>(std::move(made));
}

core::result<analyze_request> decode_analyze(core::byte_view body, core::deadline until) {
  const auto place = find_image(body);
  pb::analyze_request got;
  analyze_request made{.request = {}, .image = {}, .options = {}, .until = until};
  if (!place || !parse(got, place->before) || !merge(got, place->after) || !got.image().empty()
      || !read(got.request(), made.request.id) || !read(got.embed(), made.options.embed, vision::embed_which::everybody)
      || !read(got.filter(), made.options.filter, vision::quality_filter::high))
    return malformed("a picture");
  made.options.want_attributes = got.want_attributes();
  made.options.is_aligned = got.is_aligned();
  made.image = std::make_shared<const core::bytes>(place->image.begin(), place->image.end());
  return made;
}

core::shared_bytes encode(const vision::analysis& analysis) {
  pb::analysis made;
  made.set_width_px(static_cast<std::uint32_t>(analysis.width_px));
  made.set_height_px(static_cast<std::uint32_t>(analysis.height_px));
  made.set_image(to_text(analysis.image.id));
  for (const auto& face : analysis.faces)
    write(face, *made.add_faces());
  made.set_model_version(analysis.model_version);
  for (const auto* time : in_order(analysis.times))
    made.add_times_us(static_cast<std::uint64_t>(time->count()));
  return to_body(made);
}

core::result<vision::analysis> decode_analysis(core::byte_view body) {
  pb::analysis got;
  vision::analysis made;
  const auto times = in_order(made.times);
  if (!parse(got, body) || got.width_px() > most_pixels || got.height_px() > most_pixels
      || !read(got.image(), made.image.id) || got.times_us_size() != static_cast<int>(times.size()))
    return malformed("an analysis");
  made.width_px = static_cast<int>(got.width_px());
  made.height_px = static_cast<int>(got.height_px());
  made.model_version = got.model_version();
  for (const auto& face : got.faces())
    if (!read(face, made.faces.emplace_back()))
      return malformed("an analysis");
  for (std::size_t at = 0; at < times.size(); ++at)
    *times[at] = std::chrono::microseconds{static_cast<std::int64_t>(got.times_us(static_cast<int>(at)))};
  return made;
}

core::shared_bytes encode(const embedding_status& status) {
  pb::embedding_status made;
  made.set_workers(status.workers);
  made.set_outstanding(status.outstanding);
  return to_body(made);
}

core::result<embedding_status> decode_embedding_status(core::byte_view body) {
  pb::embedding_status got;
  if (!parse(got, body))
    return malformed("its status");
  return embedding_status{got.workers(), got.outstanding()};
}

} // namespace rollcall::actors
