/// The replies that an actor owes for work that is under way elsewhere: on a pool or at other actors. Part of one
/// actor's state; touched by that actor only.
#pragma once

#include "actors/interfaces.hpp"

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace rollcall::actors {

template <class Reply>
class reply_table {
public:
  using promise = caf::typed_response_promise<Reply>;

  /// Keeps `owed` under a new ticket, never used before.
  [[nodiscard]] std::uint64_t add(promise owed) {
    owed_.emplace(++last_ticket_, std::move(owed));
    return last_ticket_;
  }

  /// Sends the reply and forgets the ticket; without effect when it was settled before.
  void settle(std::uint64_t ticket, core::result<Reply> outcome) {
    const auto found = owed_.find(ticket);
    if (found == owed_.end())
      return;
    auto owed = std::move(found->second);
    owed_.erase(found);
    answer(owed, std::move(outcome));
  }

  /// Sends the same reply to all and forgets them.
  void settle_all(const core::result<Reply>& outcome) {
    for (auto& [ticket, owed] : std::exchange(owed_, {}))
      answer(owed, outcome);
  }

  /// Sends a reply that was never put into a table.
  static promise answer(promise owed, core::result<Reply> outcome) {
    if (outcome)
      owed.deliver(*std::move(outcome));
    else
      owed.deliver(to_caf(outcome.failure()));
    return owed;
  }

  [[nodiscard]] std::size_t size() const noexcept { return owed_.size(); }
  [[nodiscard]] bool empty() const noexcept { return owed_.empty(); }

private:
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, promise> owed_;
};

} // namespace rollcall::actors
