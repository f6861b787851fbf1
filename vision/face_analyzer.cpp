#include "vision/face_analyzer.hpp"

#include "vision/aligner.hpp"
#include "vision/appearance.hpp"
#include "vision/attributes.hpp"
#include "vision/cv_image.hpp"
#include "vision/detector.hpp"
#include "vision/embedder.hpp"
#include "vision/landmarker.hpp"
#include "vision/pose.hpp"
#include "vision/quality.hpp"
#include "vision/timed_network.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <tuple>

namespace rollcall::vision {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

/// Namespace of the ids of images: fixed for ever, so that the same file has the same id on every node.
constexpr core::uuid image_space{
    {0x5d, 0x0c, 0x9a, 0x1e, 0x31, 0x77, 0x4b, 0x6f, 0x9e, 0x12, 0x4a, 0xc8, 0x02, 0x6d, 0xf3, 0x58}};

/// Adds the time since its construction to `total` when it goes.
class stopwatch {
public:
  explicit stopwatch(microseconds& total) : total_(total), start_(steady_clock::now()) {}
  ~stopwatch() { total_ += duration_cast<microseconds>(steady_clock::now() - start_); }
  stopwatch(const stopwatch&) = delete;
  stopwatch& operator=(const stopwatch&) = delete;

private:
  microseconds& total_;
  steady_clock::time_point start_;
};

core::status check(const analyzer_settings& settings, const attribute_specs& has) {
  const auto bad = [](const std::string& text) { return core::fail(core::error_code::invalid_config, text); };
  if (!(settings.min_face_px >= 10 && settings.min_face_px <= 200))
    return bad("the smallest face must be from 10 to 200 pixels");
  if (settings.max_faces < 1 || settings.max_faces > 100)
    return bad("the most faces of a picture must be from 1 to 100");
  if (settings.min_confidence && !(*settings.min_confidence >= 1 && *settings.min_confidence <= 100))
    return bad("the lowest confidence of a detection must be from 1 to 100");
  if ((settings.age && !has.age) || (settings.gender && !has.gender) || (settings.expression && !has.expression))
    return bad("an attribute is turned on that the model manifest has no network for");
  return core::nothing{};
}

/// Largest first, ties by left, then top.
void keep_largest(std::vector<detection>& found, std::size_t most) {
  std::sort(found.begin(), found.end(), [](const detection& a, const detection& b) {
    return std::tuple{-a.box.area(), a.box.left, a.box.top} < std::tuple{-b.box.area(), b.box.left, b.box.top};
  });
  if (found.size() > most)
    found.resize(most);
}

core::ratio_box ratio_of(const pixel_box& box, const cv::Mat& picture) {
  const auto width = static_cast<float>(picture.cols);
  const auto height = static_cast<float>(picture.rows);
  return {box.left / width, box.top / height, box.width / width, box.height / height};
}

/// `has_one`: a larger face of the picture has an embedding already.
bool wants_embedding(const analyze_options& options, bool has_one, const face& of) {
  const bool is_asked = options.embed == embed_which::everybody || (options.embed == embed_which::largest && !has_one);
  return is_asked && of.reasons.empty();
}

/// What `does` returns; `internal` with `text` where a library throws.
template <class Function>
auto guarded(const char* text, Function does) -> decltype(does()) {
  try {
    return does();
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::internal, text, failed.what());
  }
}

} // namespace

/// The stages of one worker, and what they share.
struct face_analyzer::stages {
  std::shared_ptr<const model_manifest> manifest;
  analyzer_settings settings;
  std::unique_ptr<std::chrono::nanoseconds> in_networks;
  detector find;
  landmarker place;
  embedder embed;
  attribute_reader read_attributes;
  appearance_meter measure;
  halvings picture;
  cv::Mat aligned;

  core::result<analysis> analyze(core::byte_view encoded, const analyze_options& options);
  core::status look(const bgr8_image& frame, const analyze_options& options, analysis& into);
  core::status take_crop(const bgr8_image& crop, const analyze_options& options, analysis& into);
  core::result<face> describe(const detection& found, stage_times& times);
  core::status extend(const analyze_options& options, bool has_one, face& into, stage_times& times);
};

face_analyzer::face_analyzer(std::unique_ptr<stages> with) : stages_(std::move(with)) {}
face_analyzer::~face_analyzer() = default;

core::result<std::unique_ptr<face_analyzer>> face_analyzer::make(std::shared_ptr<const model_manifest> manifest,
                                                                 runtime& with, analyzer_settings settings) {
  ROLLCALL_CHECK(check(settings, manifest->attributes));
  auto clock = std::make_unique<std::chrono::nanoseconds>(0);
  const auto load_timed = [&](const network_spec& spec) -> core::result<std::unique_ptr<network>> {
    ROLLCALL_TRY(auto plain, with.make_network(spec));
    return std::unique_ptr<network>{std::make_unique<timed_network>(std::move(plain), *clock)};
  };
  ROLLCALL_TRY(auto detect, load_timed(manifest->detector.network));
  ROLLCALL_TRY(auto place, load_timed(manifest->landmarker.network));
  ROLLCALL_TRY(auto embed, load_timed(manifest->embedder.network));
  const auto load_if = [&](bool is_on, const std::optional<network_spec>& spec,
                           std::optional<attribute_network>& into) -> core::status {
    if (!is_on)
      return core::nothing{};
    ROLLCALL_TRY(auto runs, load_timed(*spec));
    into.emplace(attribute_network{*spec, std::move(runs)});
    return core::nothing{};
  };
  std::optional<attribute_network> age;
  std::optional<attribute_network> gender;
  std::optional<attribute_network> expression;
  ROLLCALL_CHECK(load_if(settings.age, manifest->attributes.age, age));
  ROLLCALL_CHECK(load_if(settings.gender, manifest->attributes.gender, gender));
  ROLLCALL_CHECK(load_if(settings.expression, manifest->attributes.expression, expression));
  const float min_score = settings.min_confidence ? *settings.min_confidence / 100 : manifest->detector.min_score;
  const auto crops = settings.crops.value_or(manifest->embedder.crops);
  auto made =
      std::make_unique<stages>(stages{manifest,
                                      settings,
                                      std::move(clock),
                                      detector{manifest->detector, std::move(detect), min_score, settings.min_face_px},
                                      landmarker{manifest->landmarker, std::move(place)},
                                      embedder{manifest->embedder, std::move(embed), crops},
                                      attribute_reader{std::move(age), std::move(gender), std::move(expression)},
                                      {},
                                      {},
                                      {}});
  return std::unique_ptr<face_analyzer>{new face_analyzer{std::move(made)}};
}

core::result<analysis> face_analyzer::analyze(core::byte_view encoded, const analyze_options& options) {
  return guarded("the picture could not be analysed", [&] { return stages_->analyze(encoded, options); });
}

core::result<analysis> face_analyzer::analyze(const bgr8_image& frame, const analyze_options& options) {
  if (!frame.pixels || frame.width_px < 1 || frame.height_px < 1)
    return core::fail(core::error_code::invalid_argument, "a frame to be analysed needs pixels");
  return guarded("the frame could not be analysed", [&]() -> core::result<analysis> {
    analysis done;
    ROLLCALL_CHECK(stages_->look(frame, options, done));
    return done;
  });
}

core::result<std::vector<float>> face_analyzer::embed(const bgr8_image& aligned) {
  if (!aligned.pixels || aligned.width_px != template_side_px || aligned.height_px != template_side_px)
    return core::fail(core::error_code::invalid_argument, "only an aligned crop of a face can be embedded");
  return guarded("the face could not be embedded", [&] { return stages_->embed.embed(as_mat(aligned)); });
}

core::result<analysis> face_analyzer::stages::analyze(core::byte_view encoded, const analyze_options& options) {
  analysis done;
  bgr8_image decoded;
  {
    const stopwatch timer{done.times.decode};
    ROLLCALL_TRY(decoded, decode(encoded, settings.decode));
    done.image = {core::named_uuid(image_space, encoded)};
  }
  ROLLCALL_CHECK(options.is_aligned ? take_crop(decoded, options, done) : look(decoded, options, done));
  return done;
}

core::status face_analyzer::stages::take_crop(const bgr8_image& crop, const analyze_options& options, analysis& into) {
  if (crop.width_px != template_side_px || crop.height_px != template_side_px)
    return core::fail(core::error_code::invalid_argument,
                      "A crop is an aligned face of 112 x 112 pixels; this picture has " + std::to_string(crop.width_px)
                          + " x " + std::to_string(crop.height_px)
                          + ". Send it as a picture, then the face is found and aligned here.");
  *in_networks = std::chrono::nanoseconds{0};
  into.model_version = manifest->embedder.version;
  into.width_px = crop.width_px;
  into.height_px = crop.height_px;
  auto& one = into.faces.emplace_back();
  one.box = {0, 0, static_cast<float>(crop.width_px), static_cast<float>(crop.height_px)};
  one.box_ratio = {0, 0, 1, 1};
  const auto looks = measure.measure(as_mat(crop));
  one.brightness = looks.brightness;
  one.sharpness = looks.sharpness;
  if (options.embed != embed_which::nobody) {
    const stopwatch timer{into.times.embed};
    ROLLCALL_TRY(one.embedding, embed.embed(as_mat(crop)));
  }
  into.times.networks = duration_cast<microseconds>(*in_networks);
  return core::nothing{};
}

core::status face_analyzer::stages::look(const bgr8_image& frame, const analyze_options& options, analysis& into) {
  *in_networks = std::chrono::nanoseconds{0};
  into.model_version = manifest->embedder.version;
  into.width_px = frame.width_px;
  into.height_px = frame.height_px;
  picture.reset(as_mat(frame));
  std::vector<detection> found;
  {
    const stopwatch timer{into.times.detect};
    ROLLCALL_TRY(found, find.detect(picture));
  }
  keep_largest(found, settings.max_faces);
  bool has_embedding = false;
  for (const auto& each : found) {
    ROLLCALL_TRY(auto one, describe(each, into.times));
    one.quality = overall_quality(one);
    one.reasons = quality_reasons(one, options.filter);
    ROLLCALL_CHECK(extend(options, has_embedding, one, into.times));
    has_embedding = has_embedding || !one.embedding.empty();
    into.faces.push_back(std::move(one));
  }
  into.times.networks = duration_cast<microseconds>(*in_networks);
  return core::nothing{};
}

core::result<face> face_analyzer::stages::describe(const detection& found, stage_times& times) {
  const stopwatch timer{times.landmark};
  face one;
  one.box = found.box;
  one.box_ratio = ratio_of(found.box, picture.picture());
  one.confidence = std::clamp(100 * found.score, 0.0F, 100.0F);
  ROLLCALL_TRY(one.points, place.place(picture, found.box));
  one.pose = pose_of(one.points);
  one.eyes_open = eyes_open_of(one.points);
  one.mouth_open = mouth_open_of(one.points);
  align_face(picture, one.points, aligned);
  const auto looks = measure.measure(aligned);
  one.brightness = looks.brightness;
  one.sharpness = looks.sharpness;
  return one;
}

core::status face_analyzer::stages::extend(const analyze_options& options, bool has_one, face& into,
                                           stage_times& times) {
  if (wants_embedding(options, has_one, into)) {
    const stopwatch timer{times.embed};
    ROLLCALL_TRY(into.embedding, embed.embed(aligned));
  }
  if (options.keep_aligned && into.reasons.empty())
    into.aligned = as_image(aligned.clone()); // the crop's memory serves the next face
  if (options.want_attributes) {
    const stopwatch timer{times.attributes};
    ROLLCALL_TRY(into.attributes, read_attributes.read(picture, into.box));
  }
  return core::nothing{};
}

} // namespace rollcall::vision
