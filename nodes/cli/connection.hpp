/// One HTTP/1.1 connection to a node, kept alive between requests and opened again when the node has closed it. Blocks,
/// with a deadline for each exchange; one thread at a time, but for `cancel`.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::cli {

using http_headers = std::vector<std::pair<std::string, std::string>>;

/// Headers are sent as given, and `Content-Length`.
struct http_request {
  std::string method;
  std::string target; ///< path and query
  http_headers headers;
  std::string_view body;
};

/// Names of headers in lower case.
struct http_response {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

/// Takes a piece of a body as it arrives; an error ends the exchange.
using piece_sink = std::function<core::status(std::string_view)>;

/// Where a node is. `host` may be a name.
struct node_address {
  std::string host;
  std::string port;
  bool is_secure = false; ///< speaks TLS
  std::string ca_file;    ///< of the authority of its certificate; empty: the system's authorities
};

class connection {
public:
  /// Nothing is opened yet. `timeout` bounds each exchange, and each piece of a streamed body.
  connection(node_address node, std::chrono::milliseconds timeout);
  ~connection();
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;

  /// Ends the exchange that is under way, but not while it asks for the address of a name, and each that comes later,
  /// with `unavailable`. Any thread; the object lives until it returns.
  void cancel();

  /// Sends a request and reads the reply. With `sink` the body of a reply of status 200 goes there piece by piece
  /// instead of into the response, whatever its length; else it may have 64 MiB.
  /// Errors: `unavailable` (no connection, it broke, or was cancelled), `deadline_exceeded`, `malformed` (the reply is
  /// no HTTP), `invalid_config` (the node's certificate is not trusted, or it speaks no TLS), those of `sink`.
  [[nodiscard]] core::result<http_response> exchange(const http_request& request, const piece_sink& sink = {});

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace rollcall::cli
