#include "bench/http_load.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cmath>
#include <numeric>
#include <thread>

namespace rollcall::bench {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds patience{60};

using request_message = http::request<http::string_body>;

request_message message_of(const server_address& at, const http_call& call) {
  request_message message{http::string_to_verb(call.method), call.path, 11};
  message.set(http::field::host, at.host + ":" + std::to_string(at.port));
  if (!call.operation.empty()) {
    message.set(http::field::content_type, "application/x-amz-json-1.1");
    message.set("X-Amz-Target", "RekognitionService." + call.operation);
  } else {
    message.set("X-Amz-Target", "RollcallAdmin.v1");
  }
  message.body() = call.body;
  message.prepare_payload();
  return message;
}

/// One connection; its io_context runs only within a call, so that the stream's expiry bounds every wait.
class connection {
public:
  [[nodiscard]] bool open(const server_address& at) {
    bool is_open = false;
    stream_.expires_after(patience);
    stream_.async_connect(asio::ip::tcp::endpoint{asio::ip::make_address(at.host), at.port},
                          [&](beast::error_code failed) { is_open = !failed; });
    run();
    return is_open;
  }

  /// The reply, or none when the connection failed.
  [[nodiscard]] bool call(const request_message& message, http::response<http::string_body>& reply) {
    bool is_done = false;
    stream_.expires_after(patience);
    http::async_write(stream_, message, [&](beast::error_code failed, std::size_t) {
      if (!failed)
        http::async_read(stream_, buffer_, reply, [&](beast::error_code unread, std::size_t) { is_done = !unread; });
    });
    run();
    return is_done;
  }

private:
  void run() {
    context_.restart();
    context_.run();
  }

  asio::io_context context_{1};
  beast::tcp_stream stream_{context_};
  beast::flat_buffer buffer_;
};

void run_client(const server_address& at, const request_message& message, steady_clock::time_point end,
                load_result& into) {
  connection link;
  if (!link.open(at)) {
    ++into.failures;
    return;
  }
  while (steady_clock::now() < end) {
    http::response<http::string_body> reply;
    const auto start = steady_clock::now();
    const bool is_read = link.call(message, reply);
    const auto took = std::chrono::duration_cast<microseconds>(steady_clock::now() - start);
    if (is_read && reply.result() == http::status::ok)
      into.latencies.push_back(took);
    else
      ++into.failures;
    if (!is_read)
      return;
  }
}

} // namespace

core::result<std::string> call_once(const server_address& at, const http_call& call) {
  connection link;
  http::response<http::string_body> reply;
  if (!link.open(at) || !link.call(message_of(at, call), reply))
    return core::fail(core::error_code::unavailable, "no reply from the node to " + call.path + " " + call.operation);
  if (reply.result() != http::status::ok)
    return core::fail(core::error_code::internal, call.path + " " + call.operation + ": "
                                                      + std::to_string(reply.result_int()) + " "
                                                      + reply.body().substr(0, 300));
  return std::move(reply.body());
}

double load_result::per_second() const {
  return took.count() > 0 ? static_cast<double>(latencies.size()) / took.count() : 0;
}

double load_result::mean_ms() const {
  const auto sum = std::accumulate(latencies.begin(), latencies.end(), microseconds{0});
  return latencies.empty() ? 0 : static_cast<double>(sum.count()) / 1e3 / static_cast<double>(latencies.size());
}

double load_result::quantile_ms(double share) const {
  if (latencies.empty())
    return 0;
  const auto rank = std::ceil(share * static_cast<double>(latencies.size()));
  const auto index = std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, latencies.size()) - 1;
  return static_cast<double>(latencies[index].count()) / 1e3;
}

load_result run_load(const server_address& at, const http_call& call, std::size_t connections,
                     std::chrono::milliseconds span) {
  const auto message = message_of(at, call);
  std::vector<load_result> parts(connections);
  const auto start = steady_clock::now();
  {
    std::vector<std::jthread> clients;
    for (auto& part : parts)
      clients.emplace_back([&, end = start + span] { run_client(at, message, end, part); });
  }
  load_result all;
  all.took = steady_clock::now() - start;
  for (const auto& part : parts) {
    all.latencies.insert(all.latencies.end(), part.latencies.begin(), part.latencies.end());
    all.failures += part.failures;
  }
  std::ranges::sort(all.latencies);
  return all;
}

} // namespace rollcall::bench
