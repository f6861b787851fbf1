/// What cameras and careless programs make of MP4 files. Source: ISO/IEC 14496-12.
#pragma once

#include "core/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rollcall::test {

namespace detail {

inline std::uint32_t number_in(const core::bytes& mp4, std::size_t at) {
  return std::uint32_t{mp4[at]} << 24U | std::uint32_t{mp4[at + 1]} << 16U | std::uint32_t{mp4[at + 2]} << 8U
         | mp4[at + 3];
}

inline void put_number(core::bytes& mp4, std::size_t at, std::uint32_t value) {
  for (std::size_t byte = 0; byte < 4; ++byte)
    mp4[at + byte] = static_cast<std::uint8_t>(value >> (24 - 8 * byte));
}

/// Of the name of the first box that has it.
inline std::size_t place_of(const core::bytes& mp4, const std::string& name) {
  return static_cast<std::size_t>(std::search(mp4.begin(), mp4.end(), name.begin(), name.end()) - mp4.begin());
}

} // namespace detail

/// The file with a display matrix that turns its pictures clockwise by quarters (8.3.2).
inline core::bytes turned(core::bytes mp4, int quarters) {
  const auto name = detail::place_of(mp4, "tkhd");
  const std::array<std::array<int, 4>, 4> turns{{{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}}};
  const std::array<std::size_t, 4> places{44, 48, 56, 60}; // a, b, c, d behind the name, 16.16 fixed
  for (std::size_t i = 0; i < places.size(); ++i)
    detail::put_number(mp4, name + places[i],
                       static_cast<std::uint32_t>(turns[static_cast<std::size_t>(quarters)][i]) << 16U);
  return mp4;
}

/// A file whose index (`moov`) was written last, with it in front of the frames (`mdat`), as for the web (8.1.1,
/// 8.7.5).
inline core::bytes with_index_in_front(core::bytes mp4) {
  const auto index = detail::place_of(mp4, "moov") - 4;
  const auto frames = detail::place_of(mp4, "mdat") - 4;
  const auto size = detail::number_in(mp4, index);
  const auto offsets = detail::place_of(mp4, "stco");
  for (std::uint32_t i = 0; i < detail::number_in(mp4, offsets + 8); ++i) {
    const auto at = offsets + 12 + 4 * std::size_t{i};
    detail::put_number(mp4, at, detail::number_in(mp4, at) + size);
  }
  const auto begin = mp4.begin();
  std::rotate(begin + static_cast<std::ptrdiff_t>(frames), begin + static_cast<std::ptrdiff_t>(index),
              begin + static_cast<std::ptrdiff_t>(index + size));
  return mp4;
}

} // namespace rollcall::test
