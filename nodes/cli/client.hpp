/// A client of one node's public port: Rekognition's operations and the admin API, signed, with retries where they can
/// help. Blocks; one thread at a time.
#pragma once

#include "core/bytes.hpp"
#include "nodes/cli/connection.hpp"
#include "nodes/cli/session.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace rollcall::cli {

namespace json = boost::json;

class client {
public:
  /// Errors: `invalid_config` when the endpoint is not `http://HOST[:PORT]` or `https://HOST[:PORT]`.
  [[nodiscard]] static core::result<client> make(const connection_settings& settings);
  /// For requests that carry a secret, or whose replies do. Errors: `invalid_config`, too, when others could read
  /// along: over http to another machine, unless the settings say that they may.
  [[nodiscard]] static core::result<client> make_for_secrets(const connection_settings& settings);

  /// One of Rekognition's operations. Throttling, server faults and broken connections are retried four times with
  /// growing pauses, 3 s together.
  /// Errors: `unavailable`, `deadline_exceeded`, `malformed`, and what the node answered, with the code that stands for
  /// the protocol's error and "Type: text" as message.
  [[nodiscard]] core::result<json::object> call(std::string_view operation, const json::object& request,
                                                const http_headers& more = {});

  /// One request of the admin API, `path` below /admin/v1/. Only reads are retried. Errors: as `call`.
  [[nodiscard]] core::result<json::object> read(const std::string& path);
  [[nodiscard]] core::result<json::object> write(const std::string& method, const std::string& path,
                                                 std::string_view body);
  /// A reply of any length, piece by piece. Not retried. Errors: as `call`, those of `sink`.
  [[nodiscard]] core::status read_stream(const std::string& path, const piece_sink& sink);

private:
  client(connection_settings settings, node_address node);
  core::result<http_response> send(http_request request, std::string_view target, const piece_sink& sink = {});
  core::result<json::object> send_with_retries(const http_request& request, std::string_view target);

  connection_settings settings_;
  bool is_private_; ///< nobody else reads what is sent
  std::string authority_;
  connection connection_;
};

/// A part of a path or query, percent-encoded.
[[nodiscard]] std::string url_encoded(std::string_view text);

/// Members of replies; what is absent or of another type is empty, false or 0.
[[nodiscard]] std::string text_at(const json::object& from, std::string_view key);
[[nodiscard]] double number_at(const json::object& from, std::string_view key);
[[nodiscard]] std::string whole_at(const json::object& from, std::string_view key);   ///< without a fraction
[[nodiscard]] std::string words_at(const json::object& from, std::string_view key);   ///< texts of an array: "a,b"
[[nodiscard]] std::string seconds_at(const json::object& from, std::string_view key); ///< of milliseconds: "1.5 s"
[[nodiscard]] bool flag_at(const json::object& from, std::string_view key);
[[nodiscard]] const json::array& array_at(const json::object& from, std::string_view key);
[[nodiscard]] const json::object& object_at(const json::object& from, std::string_view key);
/// When a node of a listing was last heard.
[[nodiscard]] std::string heard(const json::object& node);
/// The same in a sentence: "heard 3 s ago", "signed off 3 s ago".
[[nodiscard]] std::string last_sign_of(const json::object& node);
/// An element of an array as an object; an empty one when it is something else.
[[nodiscard]] const json::object& as_row(const json::value& element);

} // namespace rollcall::cli
