/// How a coroutine waits for something that happens outside Asio: an actor's reply, a file read on a worker thread.
/// Header only; the coroutine goes on upon its own executor, whichever thread completes the wait.
#pragma once

#include "core/result.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace rollcall::front {

namespace asio = boost::asio;

/// Completes one suspended coroutine, once. Destroyed without completion it completes with `unavailable`, so that a
/// coroutine never waits for a message that was dropped. Safe from any thread, one at a time.
template <class Reply, class Handler>
class suspended {
public:
  explicit suspended(Handler handler) : handler_(std::move(handler)) {}
  ~suspended() { complete(core::fail(core::error_code::unavailable, "The node is shutting down")); }

  suspended(const suspended&) = delete;
  suspended& operator=(const suspended&) = delete;

  void complete(core::result<Reply> with) {
    if (has_completed_.exchange(true))
      return;
    auto executor = asio::get_associated_executor(handler_);
    asio::post(executor, [handler = std::move(handler_), reply = std::move(with)]() mutable {
      std::move(handler)(std::move(reply));
    });
  }

private:
  Handler handler_;
  std::atomic<bool> has_completed_{false};
};

/// What is handed to whoever will complete the wait.
template <class Reply>
using completion = std::function<void(core::result<Reply>)>;

/// Suspends the caller until the `completion` that `start` is given is called, or all its copies are gone.
/// `start` runs at once, on the caller's thread, and must not throw.
template <class Reply, class Start>
[[nodiscard]] asio::awaitable<core::result<Reply>> suspend(Start start) {
  auto initiate = [start = std::move(start)]<class Handler>(Handler&& handler) mutable {
    auto waiting = std::make_shared<suspended<Reply, std::decay_t<Handler>>>(std::forward<Handler>(handler));
    start(completion<Reply>{[waiting](core::result<Reply> with) { waiting->complete(std::move(with)); }});
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(core::result<Reply>)>(std::move(initiate),
                                                                                        asio::use_awaitable);
}

} // namespace rollcall::front
