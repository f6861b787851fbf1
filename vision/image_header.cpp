#include "vision/image_header.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace rollcall::vision {

namespace {

core::error unreadable(std::string why) {
  return core::fail(core::error_code::invalid_image_format, "Request has invalid image format: " + std::move(why));
}

std::uint32_t big16(core::byte_view bytes, std::size_t at) {
  return bytes[at] * 256U + bytes[at + 1];
}

std::uint32_t big32(core::byte_view bytes, std::size_t at) {
  return big16(bytes, at) << 16U | big16(bytes, at + 2);
}

/// Reads numbers of a TIFF block in its own byte order; empty past the end.
class tiff_reader {
public:
  explicit tiff_reader(core::byte_view block) : block_(block), is_little_(block.size() >= 2 && block[0] == 'I') {}

  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > block_.size() || size > block_.size() - at)
      return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8U | block_[at + (is_little_ ? size - 1 - i : i)];
    return value;
  }

private:
  core::byte_view block_;
  bool is_little_;
};

constexpr std::uint8_t start_of_image = 0xD8;
constexpr std::uint8_t end_of_image = 0xD9;
constexpr std::uint8_t start_of_scan = 0xDA;
constexpr std::uint8_t application_1 = 0xE1;

bool is_standalone(std::uint8_t marker) {
  return marker == 0x01 || (marker >= 0xD0 && marker <= start_of_image);
}

bool is_frame(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// Position of the next marker's code at or after `from`: past entropy-coded data, stuffed zeros and restarts.
std::size_t next_marker(core::byte_view bytes, std::size_t from) {
  while (from < bytes.size()) {
    const auto* hit = static_cast<const std::uint8_t*>(std::memchr(bytes.data() + from, 0xFF, bytes.size() - from));
    if (hit == nullptr)
      return bytes.size();
    from = static_cast<std::size_t>(hit - bytes.data()) + 1;
    while (from < bytes.size() && bytes[from] == 0xFF)
      ++from;
    const bool is_data = from < bytes.size() && (bytes[from] == 0 || (bytes[from] >= 0xD0 && bytes[from] <= 0xD7));
    if (!is_data)
      return from;
  }
  return bytes.size();
}

/// Takes what matters from one JPEG segment; `body` is what follows its length.
core::status read_segment(image_header& header, std::uint8_t marker, core::byte_view body) {
  static constexpr std::array<std::uint8_t, 6> exif_name{'E', 'x', 'i', 'f', 0, 0};
  if (marker == start_of_scan)
    ++header.scans;
  if (is_frame(marker)) {
    if (body.size() < 6 || header.width_px != 0)
      return unreadable("the JPEG's frame header is damaged.");
    header.height_px = big16(body, 1);
    header.width_px = big16(body, 3);
  }
  const bool is_exif = marker == application_1 && body.size() > exif_name.size()
                       && std::equal(exif_name.begin(), exif_name.end(), body.begin());
  if (is_exif)
    header.orientation = exif_orientation(body.subspan(exif_name.size()));
  return core::nothing{};
}

core::result<image_header> read_jpeg(core::byte_view bytes) {
  image_header header;
  std::size_t at = 2;
  while (true) {
    at = next_marker(bytes, at);
    if (at >= bytes.size())
      return unreadable("the JPEG is cut short.");
    const auto marker = bytes[at++];
    if (marker == end_of_image)
      break;
    if (is_standalone(marker))
      continue;
    if (bytes.size() - at < 2 || big16(bytes, at) < 2 || big16(bytes, at) > bytes.size() - at)
      return unreadable("the JPEG is cut short.");
    const auto length = big16(bytes, at);
    ROLLCALL_CHECK(read_segment(header, marker, bytes.subspan(at + 2, length - 2)));
    at += length;
  }
  if (header.width_px == 0 || header.height_px == 0 || header.scans == 0)
    return unreadable("the JPEG holds no picture.");
  return header;
}

core::result<image_header> read_png(core::byte_view bytes) {
  constexpr std::size_t first_chunk = 8;
  if (bytes.size() < first_chunk + 25 || big32(bytes, first_chunk) != 13
      || std::memcmp(bytes.data() + first_chunk + 4, "IHDR", 4) != 0)
    return unreadable("the PNG has no header.");
  image_header header;
  header.format = image_format::png;
  header.width_px = big32(bytes, first_chunk + 8);
  header.height_px = big32(bytes, first_chunk + 12);
  if (header.width_px == 0 || header.height_px == 0)
    return unreadable("the PNG holds no picture.");
  return header;
}

} // namespace

int exif_orientation(core::byte_view tiff) noexcept {
  constexpr std::uint32_t orientation_tag = 0x0112;
  const tiff_reader reader{tiff};
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M') || reader.number(2, 2) != 42U)
    return 1;
  const auto directory = reader.number(4, 4).value_or(0);
  const auto entries = reader.number(directory, 2).value_or(0);
  for (std::size_t entry = 0; entry < entries; ++entry) {
    const auto at = std::size_t{directory} + 2 + 12 * entry;
    if (reader.number(at, 2).value_or(orientation_tag + 1) != orientation_tag)
      continue;
    const auto value = reader.number(at + 8, 2).value_or(1);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

core::result<image_header> read_header(core::byte_view encoded) {
  static constexpr std::array<std::uint8_t, 8> png_magic{0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
  if (encoded.size() >= 4 && encoded[0] == 0xFF && encoded[1] == start_of_image && encoded[2] == 0xFF)
    return read_jpeg(encoded);
  if (encoded.size() >= png_magic.size() && std::equal(png_magic.begin(), png_magic.end(), encoded.begin()))
    return read_png(encoded);
  return unreadable("only JPEG and PNG are read.");
}

} // namespace rollcall::vision
