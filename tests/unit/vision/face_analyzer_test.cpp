#include "vision/face_analyzer.hpp"

#include "tests/support/vision_files.hpp"
#include "vision/cv_image.hpp"

#include <cmath>
#include <functional>
#include <numeric>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {
namespace {

/// The real pipeline over the fetched models.
class face_analyzer_test : public testing::Test {
protected:
  void SetUp() override {
    ROLLCALL_NEED(test::deps() / "models");
    ROLLCALL_NEED(test::deps() / "photos");
    manifest_ = test::load_manifest();
    ASSERT_TRUE(manifest_);
    auto made = make_runtime(runtime_choice::automatic, {});
    ASSERT_TRUE(made);
    runtime_ = *std::move(made);
  }

  std::unique_ptr<face_analyzer> make(const analyzer_settings& settings = {}) {
    auto made = face_analyzer::make(manifest_, *runtime_, settings);
    if (made)
      return *std::move(made);
    ADD_FAILURE() << made.failure().message;
    return nullptr;
  }

  static analysis analyze(face_analyzer& with, const core::bytes& encoded, const analyze_options& options = {}) {
    auto done = with.analyze(encoded, options);
    if (done)
      return *std::move(done);
    ADD_FAILURE() << done.failure().message << done.failure().context;
    return {};
  }

  static core::bytes photo(int number) {
    return test::read_file(test::deps() / "photos" / ("sample" + std::to_string(number) + ".jpg"));
  }

  std::shared_ptr<const model_manifest> manifest_;
  std::unique_ptr<runtime> runtime_;
};

float cosine(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

const analyze_options embed_all{embed_which::everybody, quality_filter::none, false};

TEST_F(face_analyzer_test, finds_every_face_of_the_photographs_largest_first) {
  const auto with = make();
  const std::array<std::size_t, 6> faces{3, 3, 3, 4, 5, 4};
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const auto done = analyze(*with, photo(static_cast<int>(i) + 1));
    EXPECT_EQ(done.faces.size(), faces[i]) << "sample" << i + 1;
    for (std::size_t f = 1; f < done.faces.size(); ++f)
      EXPECT_GE(done.faces[f - 1].box.area(), done.faces[f].box.area());
    for (const auto& one : done.faces) {
      EXPECT_GT(one.confidence, 90);
      EXPECT_TRUE(one.embedding.empty());
      EXPECT_NEAR(one.box_ratio.left * static_cast<float>(done.width_px), one.box.left, 0.5);
      EXPECT_GT(one.brightness, 5);
      EXPECT_LT(one.brightness, 95);
      EXPECT_GT(one.sharpness, 10);
    }
  }
}

TEST_F(face_analyzer_test, places_the_landmarks_where_faces_have_them) {
  const auto done = analyze(*make(), photo(3));
  for (const auto& one : done.faces) {
    EXPECT_LT(one.points[36].x, one.points[45].x);
    EXPECT_LT(one.points[36].y, one.points[8].y);
    EXPECT_LT(one.points[27].y, one.points[33].y);
    EXPECT_GT(one.points[30].x, one.box.left);
    EXPECT_LT(one.points[30].x, one.box.left + one.box.width);
  }
}

// More crops of the same face are another vector of the same person, nearer to that of another day.
TEST_F(face_analyzer_test, embeds_as_many_crops_as_it_is_told) {
  std::vector<float> previous;
  for (const auto crops : {crop_set::one, crop_set::mirrored, crop_set::shifted}) {
    analyzer_settings settings;
    settings.crops = crops;
    const auto with = make(settings);
    const auto done = analyze(*with, photo(1), embed_all);
    ASSERT_FALSE(done.faces.empty());
    const auto& made = done.faces[0].embedding;
    EXPECT_NEAR(cosine(made, made), 1, 1e-5);
    if (!previous.empty()) {
      EXPECT_GT(cosine(made, previous), 0.9F);
      EXPECT_LT(cosine(made, previous), 0.9999F);
    }
    previous = made;
  }
}

TEST_F(face_analyzer_test, makes_unit_embeddings_that_tell_people_apart) {
  const auto with = make();
  const auto once = analyze(*with, photo(1), embed_all);
  const auto again = analyze(*with, photo(3), embed_all);
  ASSERT_EQ(once.faces.size(), 3U);
  for (const auto& one : once.faces) {
    ASSERT_EQ(one.embedding.size(), manifest_->embedder.dimension);
    EXPECT_NEAR(cosine(one.embedding, one.embedding), 1, 1e-5);
  }
  EXPECT_LT(cosine(once.faces[0].embedding, once.faces[1].embedding), 0.3F);
  // The first face of sample1 is the first of sample3: the same woman on another day.
  EXPECT_GT(cosine(once.faces[0].embedding, again.faces[0].embedding), 0.5F);
}

TEST_F(face_analyzer_test, embeds_only_who_is_asked_for_and_passes_the_filter) {
  const auto with = make();
  const auto largest = analyze(*with, photo(1), {embed_which::largest, quality_filter::none, false});
  EXPECT_FALSE(largest.faces[0].embedding.empty());
  EXPECT_TRUE(largest.faces[1].embedding.empty());
  const auto filtered = analyze(*with, photo(2), {embed_which::everybody, quality_filter::high, false});
  EXPECT_TRUE(
      std::any_of(filtered.faces.begin(), filtered.faces.end(), [](const face& one) { return one.embedding.empty(); }));
}

/// The picture with every face's crop kept, and no embedding made.
const analyze_options keep_crops{embed_which::nobody, quality_filter::none, false, true};

TEST_F(face_analyzer_test, takes_a_decoded_frame_as_it_takes_its_file) {
  const auto with = make();
  const auto of_file = analyze(*with, photo(1), embed_all);
  const auto frame = decode(photo(1), {});
  ASSERT_TRUE(frame);
  const auto of_frame = with->analyze(*frame, embed_all);
  ASSERT_TRUE(of_frame);
  EXPECT_TRUE(of_frame->image.id.is_nil());
  EXPECT_EQ(of_frame->width_px, of_file.width_px);
  EXPECT_EQ(of_frame->model_version, of_file.model_version);
  ASSERT_EQ(of_frame->faces.size(), of_file.faces.size());
  for (std::size_t i = 0; i < of_file.faces.size(); ++i)
    EXPECT_EQ(of_frame->faces[i].embedding, of_file.faces[i].embedding);
}

// A crop outlives the analyses that follow, and may wait for another analyzer.
TEST_F(face_analyzer_test, embeds_a_kept_crop_later_to_the_very_same_vector) {
  for (const auto crops : {crop_set::one, crop_set::mirrored, crop_set::shifted}) {
    analyzer_settings settings;
    settings.crops = crops;
    const auto with = make(settings);
    const auto at_once = analyze(*with, photo(1), embed_all);
    const auto kept = analyze(*with, photo(1), keep_crops);
    (void)analyze(*with, photo(2), keep_crops);
    ASSERT_EQ(kept.faces.size(), 3U);
    for (std::size_t i = 0; i < kept.faces.size(); ++i) {
      EXPECT_TRUE(kept.faces[i].embedding.empty());
      const auto later = make(settings)->embed(kept.faces[i].aligned);
      ASSERT_TRUE(later);
      EXPECT_EQ(*later, at_once.faces[i].embedding);
      EXPECT_EQ(*with->embed(kept.faces[i].aligned), *later);
    }
  }
}

TEST_F(face_analyzer_test, takes_a_picture_of_an_aligned_face_as_it_is) {
  const auto with = make();
  const auto seen = analyze(*with, photo(1), {.embed = embed_which::largest, .keep_aligned = true});
  ASSERT_FALSE(seen.faces.empty());
  std::vector<std::uint8_t> crop;
  ASSERT_TRUE(cv::imencode(".png", as_mat(seen.faces[0].aligned), crop));
  const auto taken = analyze(*with, crop, {.embed = embed_which::largest, .is_aligned = true});
  ASSERT_EQ(taken.faces.size(), 1U);
  EXPECT_EQ(taken.faces[0].embedding, seen.faces[0].embedding);
  EXPECT_EQ(taken.faces[0].brightness, seen.faces[0].brightness);
  const auto refused = with->analyze(photo(1), {.is_aligned = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, core::error_code::invalid_argument);
  EXPECT_NE(refused.failure().message.find("112 x 112"), std::string::npos);
}

TEST_F(face_analyzer_test, keeps_crops_only_of_whom_the_filter_passes_and_when_asked) {
  const auto with = make();
  auto options = keep_crops;
  options.filter = quality_filter::high;
  std::size_t kept = 0;
  std::size_t faces = 0;
  for (int number = 1; number <= 6; ++number)
    for (const auto& one : analyze(*with, photo(number), options).faces) {
      EXPECT_EQ(one.aligned.pixels != nullptr, one.reasons.empty());
      kept += one.aligned.pixels ? 1U : 0U;
      ++faces;
    }
  EXPECT_GT(kept, 0U);
  EXPECT_LT(kept, faces);
  for (const auto& one : analyze(*with, photo(2), embed_all).faces)
    EXPECT_FALSE(one.aligned.pixels);
}

TEST_F(face_analyzer_test, finds_nothing_in_frames_of_any_size) {
  const auto with = make();
  for (const auto& size : {cv::Size{1, 1}, {1, 480}, {640, 1}, {2, 3}, {17, 9}, {79, 79}, {4000, 2}}) {
    const cv::Mat grey{size, CV_8UC3, cv::Scalar::all(128)};
    const auto seen = with->analyze(as_image(grey), embed_all);
    ASSERT_TRUE(seen) << size << seen.failure().context;
    EXPECT_TRUE(seen->faces.empty()) << size;
    EXPECT_EQ(seen->width_px, size.width);
  }
}

TEST_F(face_analyzer_test, refuses_frames_without_pixels_and_crops_of_another_size) {
  const auto with = make();
  EXPECT_EQ(with->analyze(bgr8_image{}, {}).failure().code, core::error_code::invalid_argument);
  EXPECT_EQ(with->embed(bgr8_image{}).failure().code, core::error_code::invalid_argument);
  EXPECT_EQ(with->embed(*decode(photo(1), {})).failure().code, core::error_code::invalid_argument);
  EXPECT_EQ(analyze(*with, photo(1)).faces.size(), 3U);
}

TEST_F(face_analyzer_test, gives_the_same_file_the_same_id_and_answer) {
  const auto first = analyze(*make(), photo(1), embed_all);
  const auto second = analyze(*make(), photo(1), embed_all);
  EXPECT_EQ(first.image, second.image);
  EXPECT_FALSE(first.image.id.is_nil());
  ASSERT_EQ(first.faces.size(), second.faces.size());
  for (std::size_t i = 0; i < first.faces.size(); ++i)
    EXPECT_EQ(first.faces[i].embedding, second.faces[i].embedding);
  EXPECT_NE(first.image, analyze(*make(), photo(2)).image);
}

TEST_F(face_analyzer_test, keeps_no_more_faces_than_it_is_told) {
  analyzer_settings settings;
  settings.max_faces = 2;
  const auto done = analyze(*make(settings), photo(5));
  EXPECT_EQ(done.faces.size(), 2U);
}

TEST_F(face_analyzer_test, finds_faces_of_40_pixels_in_a_full_hd_picture) {
  // sample1's three faces, about 170 pixels wide, shrunk so that their longer side is about 40.
  const auto encoded = photo(1);
  cv::Mat picture = cv::imdecode(encoded, cv::IMREAD_COLOR);
  cv::Mat small;
  cv::resize(picture, small, {}, 40.0 / 235, 40.0 / 235, cv::INTER_AREA);
  const auto with = make();
  for (const auto corner : {cv::Point{0, 0}, {700, 400}, {1920 - small.cols, 1080 - small.rows}, {555, 333}}) {
    cv::Mat canvas{1080, 1920, CV_8UC3, cv::Scalar{90, 110, 100}};
    small.copyTo(canvas(cv::Rect{corner, small.size()}));
    core::bytes whole;
    cv::imencode(".png", canvas, whole);
    EXPECT_EQ(analyze(*with, whole).faces.size(), 3U) << corner;
  }
}

TEST_F(face_analyzer_test, sees_a_face_once_wherever_tile_borders_cut_it) {
  const auto picture = cv::imdecode(photo(3), cv::IMREAD_COLOR);
  const auto with = make();
  for (const double size : {0.3, 0.55, 0.9}) {
    cv::Mat one; // the face at 1073,206 of 233 x 310, with its surroundings
    cv::resize(picture(cv::Rect{1000, 130, 380, 470}), one, {}, size, size, cv::INTER_AREA);
    for (int step = 0; step < 12; ++step) {
      cv::Mat canvas(1080, 1920, CV_8UC3, cv::Scalar{90, 110, 100});
      one.copyTo(canvas(cv::Rect{cv::Point{500 + 57 * step, 150 + 31 * step}, one.size()}));
      core::bytes whole;
      cv::imencode(".jpg", canvas, whole);
      const auto seen = analyze(*with, whole);
      ASSERT_EQ(seen.faces.size(), 1U) << size << ", step " << step;
      // The whole face, not a part of it; coarse levels draw wide boxes.
      EXPECT_GT(seen.faces[0].box.height, 0.8 * 310 * size) << size << ", step " << step;
      EXPECT_LT(seen.faces[0].box.height, 1.4 * 310 * size) << size << ", step " << step;
    }
  }
}

TEST_F(face_analyzer_test, keeps_a_face_cut_by_the_edge_of_the_picture) {
  const auto picture = cv::imdecode(photo(3), cv::IMREAD_COLOR);
  // The face at 1073,206 of 233 × 310 loses a quarter at the left.
  core::bytes cut;
  cv::imencode(".png", picture(cv::Rect{1130, 100, 330, 500}), cut);
  EXPECT_GE(analyze(*make(), cut).faces.size(), 1U);
}

TEST_F(face_analyzer_test, finds_a_face_that_fills_the_picture) {
  const auto picture = cv::imdecode(photo(3), cv::IMREAD_COLOR);
  const auto with = make();
  // The face's box is 1073,206, 233 x 310; ever less of what surrounds it is in the picture.
  for (const auto& cut :
       {cv::Rect{1065, 200, 250, 320}, {1075, 215, 230, 290}, {1085, 235, 210, 260}, {1095, 250, 190, 230}}) {
    core::bytes tight;
    cv::imencode(".png", picture(cut), tight);
    EXPECT_EQ(analyze(*with, tight).faces.size(), 1U) << cut;
  }
}

TEST_F(face_analyzer_test, looks_from_afar_at_a_portrait_without_a_margin) {
  const auto file = test::shared_data() / "people/fairface/fairface_0240.jpg";
  ROLLCALL_NEED(file);
  EXPECT_EQ(analyze(*make(), test::read_file(file)).faces.size(), 1U);
}

TEST_F(face_analyzer_test, finds_no_face_where_there_is_none) {
  const cv::Mat grey{480, 640, CV_8UC3, cv::Scalar::all(128)};
  core::bytes encoded;
  cv::imencode(".jpg", grey, encoded);
  EXPECT_TRUE(analyze(*make(), encoded).faces.empty());
}

TEST_F(face_analyzer_test, stays_usable_after_a_bad_picture) {
  const auto with = make();
  EXPECT_FALSE(with->analyze(core::as_bytes("not a picture"), {}));
  EXPECT_EQ(analyze(*with, photo(1)).faces.size(), 3U);
}

TEST_F(face_analyzer_test, survives_every_broken_file) {
  const auto folder = test::shared_data() / "broken";
  ROLLCALL_NEED(folder);
  analyzer_settings settings;
  settings.decode.max_pixels = 8'000'000;
  const auto with = make(settings);
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    const auto done = with->analyze(test::read_file(entry.path()), embed_all);
    const bool is_expected = done || done.failure().code != core::error_code::internal;
    EXPECT_TRUE(is_expected) << entry.path() << done.failure().context;
  }
}

TEST_F(face_analyzer_test, refuses_settings_out_of_range) {
  for (const auto& change : std::vector<std::function<void(analyzer_settings&)>>{
           [](analyzer_settings& s) { s.min_face_px = 5; }, [](analyzer_settings& s) { s.max_faces = 0; },
           [](analyzer_settings& s) { s.max_faces = 101; }, [](analyzer_settings& s) { s.min_confidence = 0.0F; }}) {
    analyzer_settings settings;
    change(settings);
    const auto made = face_analyzer::make(manifest_, *runtime_, settings);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.failure().code, core::error_code::invalid_config);
  }
}

} // namespace
} // namespace rollcall::vision
