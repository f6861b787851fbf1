/// A JSON text read within limits: size, depth, and memory as a multiple of the text, so that a hostile body costs
/// little. The only place that calls Boost.JSON's parser. A value of its own; any thread, one at a time.
#pragma once

#include "core/result.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <string_view>

namespace rollcall::wire {

/// Owns the parsed object and the memory it lives in.
class json_document {
public:
  /// Reads one JSON object; an empty text is an empty object.
  /// Errors: `malformed` for everything else: broken JSON or UTF-8, another value than an object, nested deeper than 16
  /// levels, longer than `max_body_bytes`, or of so many values that they outgrow three times the text plus 1 MiB.
  [[nodiscard]] static core::result<json_document> parse(std::string_view text);

  json_document(json_document&&) noexcept;
  json_document& operator=(json_document&&) noexcept;
  ~json_document();

  /// Lives as long as the document.
  [[nodiscard]] const boost::json::object& root() const noexcept;

private:
  struct state;
  explicit json_document(std::unique_ptr<state> parsed);
  std::unique_ptr<state> state_;
};

} // namespace rollcall::wire
