/// Broken and hostile pictures made from nothing or from a good one, each with the errors that may answer it.
#pragma once

#include "core/big_endian.hpp"

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

struct broken_picture {
  std::string name;
  core::bytes content;
  /// Types of which one must answer it; "" stands for a success.
  std::vector<std::string> answers;
};

namespace detail {

inline core::bytes bytes_from(std::string_view text) {
  return {text.begin(), text.end()};
}

inline void put_u32(core::bytes& to, std::uint32_t value) {
  core::add_big_endian(to, value, 4);
}

/// Source: W3C PNG, 2nd edition, annex D.
inline std::uint32_t crc32(core::byte_view of) {
  std::uint32_t crc = 0xffffffff;
  for (const auto byte : of) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 1) != 0 ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

inline void put_chunk(core::bytes& to, std::string_view type, const core::bytes& content) {
  put_u32(to, static_cast<std::uint32_t>(content.size()));
  auto covered = bytes_from(type);
  covered.insert(covered.end(), content.begin(), content.end());
  to.insert(to.end(), covered.begin(), covered.end());
  put_u32(to, crc32(covered));
}

/// A PNG of one bit a pixel whose data end long before the picture.
inline core::bytes png_of(std::uint32_t width, std::uint32_t height) {
  auto made = bytes_from({"\x89PNG\r\n\x1a\n", 8});
  core::bytes header;
  put_u32(header, width);
  put_u32(header, height);
  header.insert(header.end(), {1, 0, 0, 0, 0});
  put_chunk(made, "IHDR", header);
  put_chunk(made, "IDAT", {0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01});
  put_chunk(made, "IEND", {});
  return made;
}

/// A grey JPEG of `scans` empty scans.
inline core::bytes jpeg_of(std::uint16_t side, int scans) {
  const auto high = static_cast<std::uint8_t>(side >> 8);
  const auto low = static_cast<std::uint8_t>(side & 255);
  core::bytes made{0xff, 0xd8, 0xff, 0xc2, 0, 11, 8, high, low, high, low, 1, 1, 0x11, 0};
  for (int i = 0; i < scans; ++i)
    made.insert(made.end(), {0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0});
  made.insert(made.end(), {0xff, 0xd9});
  return made;
}

} // namespace detail

/// What is no picture at all, or promises more than it has.
inline std::vector<broken_picture> pictures_from_nothing() {
  using detail::bytes_from;
  const std::vector<std::string> no_format{"InvalidImageFormatException"};
  const std::vector<std::string> too_large{"ImageTooLargeException"};
  return {{"nothing", {}, {"ValidationException"}},
          {"text", bytes_from("no picture, only words"), no_format},
          {"zeros", core::bytes(1'000'000, 0), no_format},
          {"GIF", bytes_from("GIF89a\x01\x00\x01"), no_format},
          {"WebP", bytes_from("RIFF____WEBPVP8 "), no_format},
          {"BMP", bytes_from("BM______________"), no_format},
          {"SVG", bytes_from("<svg xmlns='http://www.w3.org/2000/svg'/>"), no_format},
          {"JPEG's first bytes", {0xff, 0xd8, 0xff}, no_format},
          {"PNG's first bytes", bytes_from("\x89PNG\r\n\x1a\n"), no_format},
          {"PNG of 30,000 × 30,000", detail::png_of(30'000, 30'000), too_large},
          {"PNG of 2^31 × 2^31", detail::png_of(0x7fffffff, 0x7fffffff), {too_large[0], no_format[0]}},
          {"PNG of 0 × 0", detail::png_of(0, 0), {"InvalidParameterException", no_format[0]}},
          {"PNG without its data", detail::png_of(1'000, 1'000), no_format},
          {"JPEG of 65,500 × 65,500", detail::jpeg_of(65'500, 1), too_large},
          {"JPEG of 10,000 scans", detail::jpeg_of(500, 10'000), no_format},
          {"5 MiB and a byte", core::bytes(5'242'881, 0xff), {"ImageTooLargeException", "ValidationException"}}};
}

/// `good` cut short, and with bytes changed at random. Some of the latter are pictures still.
inline std::vector<broken_picture> pictures_broken_from(const std::string& name, const core::bytes& good,
                                                        std::uint64_t seed) {
  std::vector<broken_picture> made;
  for (const auto kept : {good.size() / 100, good.size() / 2, good.size() - 1}) {
    const core::bytes cut{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(kept)};
    made.push_back({name + " cut to " + std::to_string(kept), cut, {"InvalidImageFormatException"}});
  }
  std::mt19937_64 random{seed};
  for (int i = 0; i < 30; ++i) {
    auto changed = good;
    for (int bytes = 0; bytes < 1 + i; ++bytes)
      changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    made.push_back({name + " changed, seed " + std::to_string(seed) + ", number " + std::to_string(i),
                    changed,
                    {"", "InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"}});
  }
  return made;
}

} // namespace rollcall::test
