/// A time limit on reading a request that leaves the connection open for a reply: `tcp_stream`'s own timer closes it.
/// Belongs to the coroutine that reads, on the connection's strand.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <memory>

namespace rollcall::front {

class read_limit {
public:
  /// Cancels what `stream` reads once `span` is over; a stream timer that runs is put off. `stream` outlives it.
  read_limit(boost::beast::tcp_stream& stream, std::chrono::milliseconds span)
      : shared_(std::make_shared<shared>(stream)) {
    stream.expires_never();
    wait(shared_, span);
  }
  ~read_limit() {
    shared_->is_over = true;
    shared_->timer.cancel();
  }
  read_limit(const read_limit&) = delete;
  read_limit& operator=(const read_limit&) = delete;

  [[nodiscard]] bool has_passed() const noexcept { return shared_->has_passed; }

private:
  struct shared {
    explicit shared(boost::beast::tcp_stream& limited) : stream(limited), timer(limited.get_executor()) {}
    boost::beast::tcp_stream& stream;
    boost::asio::steady_timer timer;
    bool has_passed = false;
    bool is_over = false; ///< then `stream` may be gone
  };

  // Cancels again and again: between two steps of a composed read there is nothing to cancel.
  static void wait(const std::shared_ptr<shared>& with, std::chrono::milliseconds span) {
    static constexpr std::chrono::milliseconds again{20};
    with->timer.expires_after(span);
    with->timer.async_wait([with](const boost::system::error_code&) {
      if (with->is_over)
        return;
      with->has_passed = true;
      with->stream.cancel();
      wait(with, again);
    });
  }

  std::shared_ptr<shared> shared_;
};

} // namespace rollcall::front
