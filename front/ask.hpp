/// Requests of coroutines to typed actors, and the STORE actor's reads and writes with their types back. From
/// coroutines of `front/`.
#pragma once

#include "actors/interfaces.hpp"
#include "front/gateway.hpp"
#include "front/suspend.hpp"

#include <any>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace rollcall::front {

/// Completes a wait with a reply, or with the actor's error as ours.
template <class Reply>
struct replied {
  completion<Reply> done;
  void operator()(Reply reply) const { done(std::move(reply)); }
  void operator()(const caf::error& failed) const { done(actors::to_core(failed)); }
};

/// Sends `message` to `target` and waits for its reply until `until`, which should be the message's own deadline.
/// Errors: those of the actor, through `actors::to_core`; `deadline_exceeded`, also without sending when it is over.
template <class Reply, class Target, class Message>
[[nodiscard]] asio::awaitable<core::result<Reply>> ask(gateway& via, Target target, Message message,
                                                       core::deadline until) {
  auto held = std::make_shared<Message>(std::move(message));
  auto start = [&via, target = std::move(target), held, until](completion<Reply> done) {
    const auto left = until.left();
    if (left.count() <= 0) {
      done(core::fail(core::error_code::deadline_exceeded, "The request took too long"));
      return;
    }
    via.submit(gateway_job{[target, held, left, done = std::move(done)](gateway_worker& by) {
      by.ask<Reply>(target, std::move(*held), left, replied<Reply>{done});
    }});
  };
  return suspend<Reply>(std::move(start));
}

/// What is needed to talk to STORE for one request.
struct store_access {
  gateway& via;
  actors::store_actor store;
  core::deadline until;
};

/// `ask` of STORE.
[[nodiscard]] asio::awaitable<core::result<actors::store_reply>> ask_store(store_access through,
                                                                           actors::store_read reading);
[[nodiscard]] asio::awaitable<core::result<actors::store_reply>> ask_store(store_access through,
                                                                           actors::store_write writing);

namespace detail {

/// The result in `reply`, or the error of the way to it.
template <class Result>
[[nodiscard]] Result unpack(core::result<actors::store_reply> reply) {
  if (!reply)
    return std::move(reply).failure();
  if (auto* value = std::any_cast<Result>(&reply->value))
    return std::move(*value);
  return core::fail(core::error_code::internal, "Internal server error", "the store's reply has another type");
}

/// Moves the mutations out of a write's result, where it has any.
template <class Result>
[[nodiscard]] std::vector<core::mutation_batch> take_mutations(Result& from) {
  if constexpr (requires { from->mutations; }) {
    if (from)
      return std::move(from->mutations);
  }
  return {};
}

/// The partitions that a write's result says are gone, where it can.
template <class Result>
[[nodiscard]] std::vector<actors::drop_request> find_drops(const Result& from) {
  if constexpr (requires { from->gone; }) {
    if (from && from->gone)
      return {{from->now.collection.key, from->gone}};
  }
  return {};
}

template <class Function>
using store_result = std::invoke_result_t<Function&, store::store&>;

} // namespace detail

/// Runs `reading` (a `core::result<T>(store::store&)`) on STORE's pool. Errors: its own; those of `ask`.
template <class Function>
[[nodiscard]] asio::awaitable<detail::store_result<Function>> read(store_access through, Function reading) {
  using result_type = detail::store_result<Function>;
  actors::store_read message{[reading = std::move(reading)](store::store& in) mutable { return std::any{reading(in)}; },
                             through.until};
  auto asked = ask_store(std::move(through), std::move(message));
  auto reply = co_await std::move(asked);
  co_return detail::unpack<result_type>(std::move(reply));
}

/// Runs `writing` (a `core::result<T>(store::store&)`) as a write of its own; T's member `mutations`, where it has one,
/// reaches the shards before the caller goes on, as do the partitions that it names as `gone`. Errors: its own; those
/// of `ask`; `outcome_unknown`.
template <class Function>
[[nodiscard]] asio::awaitable<detail::store_result<Function>> write(store_access through, Function writing) {
  using result_type = detail::store_result<Function>;
  actors::store_write message{
      [writing = std::move(writing)](store::store& in) mutable {
        auto made = writing(in);
        auto mutations = detail::take_mutations(made);
        auto drops = detail::find_drops(made);
        return actors::write_outcome{std::any{std::move(made)}, std::move(mutations), std::move(drops)};
      },
      through.until};
  auto asked = ask_store(std::move(through), std::move(message));
  auto reply = co_await std::move(asked);
  co_return detail::unpack<result_type>(std::move(reply));
}

/// A write whose result, where it succeeds, is the collection that the shards must forget.
template <class Function>
[[nodiscard]] asio::awaitable<core::result<store::collection_record>> write_drop(store_access through,
                                                                                 Function writing) {
  using result_type = core::result<store::collection_record>;
  actors::store_write message{[writing = std::move(writing)](store::store& in) mutable {
                                result_type made = writing(in);
                                std::vector<actors::drop_request> dropped;
                                if (made)
                                  dropped.push_back({made->key});
                                return actors::write_outcome{std::any{std::move(made)}, {}, std::move(dropped)};
                              },
                              through.until};
  auto asked = ask_store(std::move(through), std::move(message));
  auto reply = co_await std::move(asked);
  co_return detail::unpack<result_type>(std::move(reply));
}

} // namespace rollcall::front

/// `ROLLCALL_TRY` and `ROLLCALL_CHECK` for coroutines that return a `core::result`.
#define ROLLCALL_CO_TRY(target, expr) ROLLCALL_CO_TRY_2(target, expr, __LINE__)
#define ROLLCALL_CO_TRY_2(target, expr, line) ROLLCALL_CO_TRY_3(target, expr, line)
#define ROLLCALL_CO_TRY_3(target, expr, line)                                                                          \
  auto rollcall_try_##line = (expr);                                                                                   \
  if (!rollcall_try_##line)                                                                                            \
    co_return std::move(rollcall_try_##line).failure();                                                                \
  target = *std::move(rollcall_try_##line)

#define ROLLCALL_CO_CHECK(expr)                                                                                        \
  do {                                                                                                                 \
    if (auto rollcall_status = (expr); !rollcall_status)                                                               \
      co_return std::move(rollcall_status).failure();                                                                  \
  } while (false)
