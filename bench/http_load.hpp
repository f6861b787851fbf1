/// Load on a Rekognition endpoint: closed-loop clients, one keep-alive connection and one thread each. Used by the
/// programs of bench/ alone.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace rollcall::bench {

struct server_address {
  std::string host;
  std::uint16_t port = 0;
};

/// One call, unsigned. `operation` empty: a request of `method` to `path` of the admin API or the management port.
struct http_call {
  std::string method = "POST";
  std::string path = "/";
  std::string operation; ///< Rekognition's, e.g. "DetectFaces"
  std::string body;
};

/// Makes one call on a connection of its own and gives the reply's body. Errors: `unavailable` (no connection, time-out
/// of a minute), `internal` (status other than 200; the message holds the start of the body).
[[nodiscard]] core::result<std::string> call_once(const server_address& at, const http_call& call);

/// `latencies` of the replies with status 200, ascending.
struct load_result {
  std::vector<std::chrono::microseconds> latencies;
  std::uint64_t failures = 0;
  std::chrono::duration<double> took{0};

  [[nodiscard]] double per_second() const;
  [[nodiscard]] double mean_ms() const;
  /// `share` in [0, 1]; 0 when nothing was measured.
  [[nodiscard]] double quantile_ms(double share) const;
};

/// Repeats `call` on `connections` connections for `span`; every reply is read to its end.
[[nodiscard]] load_result run_load(const server_address& at, const http_call& call, std::size_t connections,
                                   std::chrono::milliseconds span);

} // namespace rollcall::bench
