#include "nodes/cli/output.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace rollcall::cli {

std::string printable(std::string text) {
  for (auto& c : text)
    if (const auto code = static_cast<unsigned char>(c); code < 0x20 || code == 0x7f)
      c = '?';
  return text;
}

text_table::text_table(std::vector<std::string> heading) {
  rows_.push_back(std::move(heading));
}

void text_table::add(std::vector<std::string> row) {
  row.resize(rows_.front().size());
  std::transform(row.begin(), row.end(), row.begin(), printable);
  rows_.push_back(std::move(row));
}

std::string text_table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return buffer.data();
}

std::string mebibytes(double bytes, int digits) {
  return fixed(bytes / (1024 * 1024), digits);
}

std::string ago(double milliseconds) {
  constexpr double second = 1'000;
  constexpr double minute = 60 * second;
  constexpr double hour = 60 * minute;
  constexpr double day = 24 * hour;
  if (milliseconds < 2 * minute)
    return fixed(milliseconds / second, 1) + " s ago";
  if (milliseconds < 2 * hour)
    return fixed(std::floor(milliseconds / minute), 0) + " min ago";
  if (milliseconds < 2 * day)
    return fixed(std::floor(milliseconds / hour), 0) + " h ago";
  return fixed(std::floor(milliseconds / day), 0) + " d ago";
}

std::string moment(double seconds_since_epoch) {
  const auto seconds = static_cast<std::time_t>(seconds_since_epoch);
  std::tm calendar{};
  gmtime_r(&seconds, &calendar);
  std::array<char, 64> buffer{};
  std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%SZ", &calendar);
  return buffer.data();
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_json(const boost::json::value& value) {
  print(boost::json::serialize(value) + "\n");
}

} // namespace rollcall::cli
