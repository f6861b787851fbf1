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

} // namespace rollcall::actors
