#!/usr/bin/env python3
"""Prints wire/unicode_classes.cpp: the ranges of Unicode's categories L, N and Z, from Python's unicodedata (3.11)."""
import sys
import unicodedata


def ranges():
    first = None
    for point in range(sys.maxunicode + 2):
        inside = point <= sys.maxunicode and unicodedata.category(chr(point))[0] in "LNZ"
        if inside and first is None:
            first = point
        if not inside and first is not None:
            yield first, point - 1
            first = None


def main():
    pairs = ", ".join(f"{{{first:#x}, {last:#x}}}" for first, last in ranges())
    print(f"""// Made by wire/make_unicode_classes.py from Unicode {unicodedata.unidata_version}; not edited by hand.
#include "wire/unicode_classes.hpp"

#include <algorithm>
#include <array>

namespace rollcall::wire {{

namespace {{

struct character_range {{
  char32_t first;
  char32_t last;
}};

// clang-format off
constexpr std::array<character_range, {len(list(ranges()))}> ranges{{{{""")
    line = "   "
    for pair in pairs.split("}, "):
        piece = " " + pair.rstrip("}") + "},"
        if len(line) + len(piece) > 118:
            print(line)
            line = "   "
        line += piece
    print(line)
    print("""}};
// clang-format on

} // namespace

bool is_letter_number_or_separator(char32_t character) noexcept {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), character,
                                      [](char32_t point, const character_range& range) { return point < range.first; });
  return after != ranges.begin() && character <= std::prev(after)->last;
}

} // namespace rollcall::wire""")


main()
