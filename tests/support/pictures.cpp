#include "tests/support/pictures.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace rollcall::test {

namespace {

constexpr std::size_t most_inline_bytes = 5'242'880;

std::filesystem::path folder_from(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

cv::Mat photograph(int number) {
  return cv::imread((fetched_dir() / "photos" / ("sample" + std::to_string(number) + ".jpg")).string());
}

void write_bytes(const std::filesystem::path& file, const core::bytes& content) {
  std::ofstream stream{file, std::ios::binary};
  stream.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
}

void write_all(const std::filesystem::path& to) {
  const auto write = [&](const char* name, const cv::Mat& picture) { cv::imwrite((to / name).string(), picture); };
  const auto first = photograph(1);
  const auto third = photograph(3);
  const auto sixth = photograph(6);
  const cv::Mat anna = first(cv::Rect{1'330, 90, 480, 480});
  write("anna_1.jpg", anna);
  write("anna_2.jpg", third(cv::Rect{940, 90, 480, 540}));
  write("bella.jpg", sixth(cv::Rect{1'400, 150, 420, 540}));
  write("cora.jpg", sixth(cv::Rect{130, 380, 440, 480}));
  write("group.jpg", sixth);
  cv::Mat small;
  cv::resize(anna, small, {160, 160}, 0, 0, cv::INTER_AREA);
  write("small.jpg", small);
  write("blank.png", cv::Mat{240, 320, CV_8UC3, cv::Scalar{200, 180, 160}});
  write("tiny.png", cv::Mat{60, 60, CV_8UC3, cv::Scalar{200, 180, 160}});
  write_bytes(to / "big_a.jpg", lengthen_jpeg(bytes_of(to / "anna_1.jpg"), most_inline_bytes));
  write_bytes(to / "big_b.jpg", lengthen_jpeg(bytes_of(to / "anna_2.jpg"), most_inline_bytes));
  write_bytes(to / "too_big.jpg", lengthen_jpeg(bytes_of(to / "anna_1.jpg"), most_inline_bytes + 1));
}

} // namespace

std::filesystem::path fetched_dir() {
  return folder_from("ROLLCALL_DEPS", "build/deps");
}

std::filesystem::path shared_data_dir() {
  return folder_from("ROLLCALL_TEST_DATA", "../shared/data");
}

core::bytes bytes_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
}

core::bytes lengthen_jpeg(const core::bytes& jpeg, std::size_t size) {
  constexpr std::size_t start_bytes = 2;          // the SOI marker
  constexpr std::size_t segment_head_bytes = 4;   // marker and length
  constexpr std::size_t most_in_segment = 65'533; // its length field counts itself
  core::bytes made{jpeg.begin(), jpeg.begin() + start_bytes};
  auto left = size - jpeg.size();
  while (left > 0) {
    auto segment = std::min(left, most_in_segment + segment_head_bytes);
    if (left - segment > 0 && left - segment < segment_head_bytes)
      segment -= segment_head_bytes;
    const auto length = segment - 2;
    made.insert(made.end(), {0xff, 0xfe, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)});
    made.insert(made.end(), segment - segment_head_bytes, 'x');
    left -= segment;
  }
  made.insert(made.end(), jpeg.begin() + start_bytes, jpeg.end());
  return made;
}

core::status write_pictures(const std::filesystem::path& to) {
  if (photograph(1).empty() || photograph(3).empty() || photograph(6).empty())
    return core::fail(core::error_code::not_found, "no photographs: run ./dev setup test");
  try {
    write_all(to);
  } catch (const cv::Exception& failed) {
    return core::fail(core::error_code::internal, failed.what());
  }
  return core::nothing{};
}

} // namespace rollcall::test
