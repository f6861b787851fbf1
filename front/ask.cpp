#include "front/ask.hpp"

namespace rollcall::front {

asio::awaitable<core::result<actors::store_reply>> ask_store(store_access through, actors::store_read reading) {
  return ask<actors::store_reply>(through.via, std::move(through.store), std::move(reading), through.until);
}

asio::awaitable<core::result<actors::store_reply>> ask_store(store_access through, actors::store_write writing) {
  return ask<actors::store_reply>(through.via, std::move(through.store), std::move(writing), through.until);
}

} // namespace rollcall::front
