#include "front/http_date.hpp"

#include <array>
#include <cstdio>

namespace rollcall::front {

std::string http_date(core::wall_time at) {
  using namespace std::chrono;
  static constexpr std::array day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{std::chrono::floor<seconds>(at - day)};
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                   day_names[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                                   months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                   static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                   static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace rollcall::front
