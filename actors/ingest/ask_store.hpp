/// A typed actor's reads and writes at STORE, with their types back.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/request_timeout.hpp"

#include <any>
#include <type_traits>
#include <utility>

namespace rollcall::actors {

/// `Message`: store_read or store_write (of a write that changes no reference). `run`: a
/// core::result<T>(store::store&). Exactly one of `then` (T) and `otherwise` (core::error) is called, on the actor.
template <class Message, class Self, class Run, class Then, class Otherwise>
void ask_store(Self self, const store_actor& at, core::deadline until, Run run, Then then, Otherwise otherwise) {
  using outcome = std::invoke_result_t<Run&, store::store&>;
  Message message{{}, until};
  if constexpr (std::is_same_v<Message, store_write>)
    message.run = [run = std::move(run)](store::store& in) mutable { return write_outcome{std::any{run(in)}, {}, {}}; };
  else
    message.run = [run = std::move(run)](store::store& in) mutable { return std::any{run(in)}; };
  self->request(at, request_timeout(until), std::move(message))
      .then(
          [then = std::move(then), otherwise](store_reply& reply) mutable {
            auto& got = std::any_cast<outcome&>(reply.value);
            if (got)
              then(*std::move(got));
            else
              otherwise(std::move(got).failure());
          },
          [otherwise](const caf::error& failed) mutable { otherwise(to_core(failed)); });
}

/// The same for a thread that waits for the answer: what `run` gave, or the error of asking.
template <class Message, class Run>
[[nodiscard]] auto call_store(caf::scoped_actor& self, const store_actor& at, core::deadline until, Run run)
    -> std::invoke_result_t<Run&, store::store&> {
  using outcome = std::invoke_result_t<Run&, store::store&>;
  Message message{{}, until};
  if constexpr (std::is_same_v<Message, store_write>)
    message.run = [run = std::move(run)](store::store& in) mutable { return write_outcome{std::any{run(in)}, {}, {}}; };
  else
    message.run = [run = std::move(run)](store::store& in) mutable { return std::any{run(in)}; };
  outcome got = core::fail(core::error_code::internal, "", "STORE has not answered");
  self->request(at, request_timeout(until), std::move(message))
      .receive([&](store_reply& reply) { got = std::any_cast<outcome>(std::move(reply.value)); },
               [&](const caf::error& failed) { got = to_core(failed); });
  return got;
}

} // namespace rollcall::actors
