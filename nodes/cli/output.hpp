/// Tables, numbers and JSON on stdout. Pure but for `print`; one thread.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::cli {

/// Rows under a heading, columns padded with spaces, two between them. Control characters are shown as '?': what a node
/// says can't drive the terminal.
class text_table {
public:
  explicit text_table(std::vector<std::string> heading);
  void add(std::vector<std::string> row);
  /// Lines with "\n" at each end; the heading alone when there are no rows.
  [[nodiscard]] std::string text() const;

private:
  std::vector<std::vector<std::string>> rows_; ///< the first is the heading
};

/// Control characters as '?'.
[[nodiscard]] std::string printable(std::string text);

/// `value` with `digits` after the point.
[[nodiscard]] std::string fixed(double value, int digits);

/// Bytes as MiB, without the unit.
[[nodiscard]] std::string mebibytes(double bytes, int digits);

/// "0.4 s ago", "5 min ago", "3 h ago", "12 d ago" of milliseconds.
[[nodiscard]] std::string ago(double milliseconds);

/// "2026-01-31 12:34:56Z" of a timestamp in seconds.
[[nodiscard]] std::string moment(double seconds_since_epoch);

void print(std::string_view text);
/// One line of JSON.
void print_json(const boost::json::value& value);

} // namespace rollcall::cli
