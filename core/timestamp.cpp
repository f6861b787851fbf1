#include "core/timestamp.hpp"

#include <array>
#include <cstdio>

namespace rollcall::core {

std::string timestamp(wall_time at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{at - day};
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                   static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                                   static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                                   static_cast<int>(duration_cast<milliseconds>(time.subseconds()).count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace rollcall::core
