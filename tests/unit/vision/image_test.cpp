#include "vision/image.hpp"

#include "tests/support/vision_files.hpp"
#include "vision/cv_image.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

namespace rollcall::vision {
namespace {

using core::error_code;

/// 120 × 90: left half red, right half blue, top left corner green.
cv::Mat flag() {
  cv::Mat picture{90, 120, CV_8UC3, cv::Scalar{0, 0, 255}};
  picture.colRange(60, 120).setTo(cv::Scalar{255, 0, 0});
  picture(cv::Rect{0, 0, 20, 20}).setTo(cv::Scalar{0, 255, 0});
  return picture;
}

core::bytes encode(const cv::Mat& picture, const char* as, const std::vector<int>& options = {}) {
  core::bytes encoded;
  cv::imencode(as, picture, encoded, options);
  return encoded;
}

/// A JPEG with an EXIF block that states `orientation`, after its start-of-image marker.
core::bytes with_orientation(const core::bytes& jpeg, std::uint8_t orientation, bool is_little) {
  core::bytes tiff;
  if (is_little)
    tiff = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0};
  else
    tiff = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0};
  core::bytes result{0xFF, 0xD8, 0xFF, 0xE1, 0, static_cast<std::uint8_t>(2 + 6 + tiff.size()),
                     'E',  'x',  'i',  'f',  0, 0};
  result.insert(result.end(), tiff.begin(), tiff.end());
  result.insert(result.end(), jpeg.begin() + 2, jpeg.end());
  return result;
}

cv::Vec3b pixel(const bgr8_image& image, int x, int y) {
  return as_mat(image).at<cv::Vec3b>(y, x);
}

bool is_near(const cv::Vec3b& a, const cv::Vec3b& b) {
  return cv::norm(a, b, cv::NORM_INF) < 60;
}

const cv::Vec3b red{0, 0, 255};
const cv::Vec3b green{0, 255, 0};
const cv::Vec3b blue{255, 0, 0};

TEST(decode, reads_a_jpeg_as_it_lies_without_exif) {
  const auto image = decode(encode(flag(), ".jpg"), {});
  ASSERT_TRUE(image) << image.failure().message;
  EXPECT_EQ(image->width_px, 120);
  EXPECT_EQ(image->height_px, 90);
  EXPECT_TRUE(is_near(pixel(*image, 5, 5), green));
  EXPECT_TRUE(is_near(pixel(*image, 30, 80), red));
  EXPECT_TRUE(is_near(pixel(*image, 110, 5), blue));
}

/// Where the stored picture's top left corner must appear for each orientation: x and y at the low (0) or high (1) end.
struct turned {
  std::uint8_t orientation;
  bool is_transposed;
  int corner_x;
  int corner_y;
};

class decode_orientation : public testing::TestWithParam<turned> {};

TEST_P(decode_orientation, turns_the_picture_upright_in_both_byte_orders) {
  const auto& want = GetParam();
  for (const bool is_little : {true, false}) {
    const auto image = decode(with_orientation(encode(flag(), ".jpg"), want.orientation, is_little), {});
    ASSERT_TRUE(image) << image.failure().message;
    EXPECT_EQ(image->width_px, want.is_transposed ? 90 : 120);
    EXPECT_EQ(image->height_px, want.is_transposed ? 120 : 90);
    const int x = want.corner_x == 0 ? 5 : image->width_px - 6;
    const int y = want.corner_y == 0 ? 5 : image->height_px - 6;
    EXPECT_TRUE(is_near(pixel(*image, x, y), green)) << "orientation " << int{want.orientation};
  }
}

// CIPA DC-008-2012, 4.6.4: where the 0th row and the 0th column of the stored picture are.
INSTANTIATE_TEST_SUITE_P(all, decode_orientation,
                         testing::Values(turned{1, false, 0, 0}, turned{2, false, 1, 0}, turned{3, false, 1, 1},
                                         turned{4, false, 0, 1}, turned{5, true, 0, 0}, turned{6, true, 1, 0},
                                         turned{7, true, 1, 1}, turned{8, true, 0, 1}, turned{0, false, 0, 0},
                                         turned{9, false, 0, 0}));

TEST(decode, shows_all_eight_orientations_of_one_photograph_alike) {
  const auto folder = test::shared_data() / "people/exif_orientation";
  ROLLCALL_NEED(folder);
  const auto first = decode(test::read_file(folder / "derived_woman_a_exif1.jpg"), {});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->width_px, 480);
  EXPECT_EQ(first->height_px, 600);
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const auto file = folder / ("derived_woman_a_exif" + std::to_string(orientation) + ".jpg");
    const auto image = decode(test::read_file(file), {});
    ASSERT_TRUE(image) << file;
    ASSERT_EQ(image->width_px, 480) << file;
    ASSERT_EQ(image->height_px, 600) << file;
    EXPECT_LT(cv::norm(as_mat(*first), as_mat(*image), cv::NORM_L1) / (480 * 600 * 3), 3) << file;
  }
}

TEST(decode, takes_a_png_as_it_lies) {
  // An eXIf chunk right behind the header, orientation 6.
  auto png = encode(flag(), ".png");
  core::bytes chunk{0, 0,    0, 26, 'e', 'X', 'I', 'f', 'I', 'I', 42, 0, 8, 0, 0, 0, 1,
                    0, 0x12, 1, 3,  0,   1,   0,   0,   0,   6,   0,  0, 0, 0, 0, 0, 0};
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::size_t i = 4; i < chunk.size(); ++i) {
    crc ^= chunk[i];
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    chunk.push_back(static_cast<std::uint8_t>(~crc >> shift));
  png.insert(png.begin() + 33, chunk.begin(), chunk.end());
  const auto image = decode(png, {});
  ASSERT_TRUE(image) << image.failure().message;
  EXPECT_EQ(image->width_px, 120);
  EXPECT_TRUE(is_near(pixel(*image, 5, 5), green));
}

TEST(decode, reads_every_kind_of_png_and_jpeg_as_bgr8) {
  cv::Mat deep;
  flag().convertTo(deep, CV_16UC3, 257);
  cv::Mat grey;
  cv::cvtColor(flag(), grey, cv::COLOR_BGR2GRAY);
  cv::Mat alpha;
  cv::cvtColor(flag(), alpha, cv::COLOR_BGR2BGRA);
  cv::Mat bits = grey > 100;
  const std::vector<core::bytes> files{
      encode(deep, ".png"),  encode(grey, ".png"),
      encode(alpha, ".png"), encode(bits, ".png", {cv::IMWRITE_PNG_BILEVEL, 1}),
      encode(grey, ".jpg"),  encode(flag(), ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})};
  for (const auto& file : files) {
    const auto image = decode(file, {});
    ASSERT_TRUE(image) << image.failure().message;
    EXPECT_EQ(as_mat(*image).type(), CV_8UC3);
    EXPECT_EQ(image->width_px, 120);
  }
  EXPECT_TRUE(is_near(pixel(*decode(files[0], {}), 5, 5), green));
}

TEST(decode, reads_cmyk) {
  const auto file = test::shared_data() / "broken/odd_jpeg__twelve_cmyk-sample.jpg";
  ROLLCALL_NEED(file);
  const auto image = decode(test::read_file(file), {});
  ASSERT_TRUE(image) << image.failure().message;
  const auto mean = cv::mean(as_mat(*image));
  EXPECT_GT(mean[0] + mean[1] + mean[2], 30);
}

TEST(decode, refuses_by_the_header_what_is_over_the_pixels) {
  const auto png = encode(flag(), ".png");
  decode_limits limits;
  limits.max_pixels = 120 * 90;
  EXPECT_TRUE(decode(png, limits));
  limits.max_pixels = 120 * 90 - 1;
  EXPECT_EQ(decode(png, limits).failure().code, error_code::image_too_large);
  // A header that claims 4 billion pixels, and nothing behind it.
  auto bomb = png;
  bomb.resize(33);
  std::fill(bomb.begin() + 16, bomb.begin() + 24, std::uint8_t{0x7F});
  EXPECT_EQ(decode(bomb, {}).failure().code, error_code::image_too_large);
}

TEST(decode, names_the_size_of_a_picture_that_is_too_small) {
  const auto small = encode(flag()(cv::Rect{0, 0, 100, 79}), ".png");
  const auto refused = decode(small, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, error_code::invalid_argument);
  EXPECT_NE(refused.failure().message.find("100 x 79"), std::string::npos) << refused.failure().message;
  EXPECT_NE(refused.failure().message.find("at least 80"), std::string::npos);
}

TEST(decode, refuses_every_proper_beginning_of_a_file) {
  for (const char* as : {".jpg", ".png"}) {
    const auto whole = encode(flag(), as);
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 97) {
      const auto part = decode(core::byte_view{whole}.first(size), {});
      ASSERT_FALSE(part) << as << " cut to " << size;
      EXPECT_EQ(part.failure().code, error_code::invalid_image_format);
    }
  }
}

TEST(decode, refuses_a_jpeg_of_very_many_scans) {
  const auto progressive = encode(flag(), ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  decode_limits limits;
  limits.max_scans = 3;
  EXPECT_EQ(decode(progressive, limits).failure().code, error_code::invalid_image_format);
}

TEST(decode, survives_single_flipped_bytes) {
  decode_limits limits;
  limits.max_pixels = 1'000'000;
  for (const char* as : {".jpg", ".png"}) {
    const auto whole = encode(flag(), as);
    for (std::size_t at = 0; at < whole.size(); at += 3) {
      auto damaged = whole;
      damaged[at] ^= 0x5AU;
      const auto image = decode(damaged, limits);
      EXPECT_TRUE(!image || as_mat(*image).type() == CV_8UC3);
    }
  }
}

TEST(decode, gives_every_broken_file_a_picture_or_a_code) {
  const auto folder = test::shared_data() / "broken";
  ROLLCALL_NEED(folder);
  const std::set<error_code> allowed{error_code::invalid_image_format, error_code::image_too_large,
                                     error_code::invalid_argument};
  std::size_t files = 0;
  std::size_t pictures = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    const auto image = decode(test::read_file(entry.path()), {});
    ++files;
    if (image)
      ++pictures;
    else
      EXPECT_TRUE(allowed.contains(image.failure().code)) << entry.path();
    const auto name = entry.path().filename().string();
    // Two "truncated" ones are whole pictures behind a cut metadata segment.
    const bool is_whole =
        name.find("_truncated_app14") != std::string::npos || name.find("_truncated_exif") != std::string::npos;
    const bool must_fail = !is_whole
                           && (name.rfind("bomb__", 0) == 0 || name.rfind("empty__", 0) == 0
                               || name.rfind("truncated__", 0) == 0 || name.rfind("payload__", 0) == 0);
    EXPECT_FALSE(must_fail && image) << name;
  }
  EXPECT_GT(files, 100U);
  EXPECT_GT(pictures, 20U);
}

} // namespace
} // namespace rollcall::vision
