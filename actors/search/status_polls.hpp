/// Sums of what SHARD actors say of themselves, for those who asked. Part of the COORDINATOR's state.
#pragma once

#include "actors/reply_table.hpp"

#include <map>
#include <set>
#include <vector>

namespace rollcall::actors {

class status_polls {
public:
  /// Owes the sum over the shards [0, count), each of which is to be added, and `sum` itself.
  [[nodiscard]] std::uint64_t begin(caf::typed_response_promise<shard_status> owed, std::size_t count,
                                    const shard_status& sum) {
    const auto ticket = owed_.add(std::move(owed));
    auto& entry = polls_[ticket];
    entry.sum = sum;
    for (std::size_t index = 0; index < count; ++index)
      entry.waiting.insert(index);
    settle(ticket);
    return ticket;
  }

  /// Without effect when it was added before.
  void add(std::uint64_t ticket, std::size_t index, const shard_status& part) {
    const auto found = polls_.find(ticket);
    if (found == polls_.end() || found->second.waiting.erase(index) == 0)
      return;
    auto& sum = found->second.sum;
    sum.is_ready &= part.is_ready;
    sum.partitions += part.partitions;
    sum.references += part.references;
    sum.memory += part.memory;
    sum.silent += part.silent;
    settle(ticket);
  }

  /// A shard will say nothing more.
  void lose(std::size_t index) {
    std::vector<std::uint64_t> tickets;
    for (const auto& [ticket, entry] : polls_)
      tickets.push_back(ticket);
    for (const auto ticket : tickets)
      add(ticket, index, shard_status{.silent = 1});
  }

private:
  struct polled {
    std::set<std::size_t> waiting;
    shard_status sum;
  };

  void settle(std::uint64_t ticket) {
    const auto found = polls_.find(ticket);
    if (!found->second.waiting.empty())
      return;
    owed_.settle(ticket, found->second.sum);
    polls_.erase(found);
  }

  reply_table<shard_status> owed_;
  std::map<std::uint64_t, polled> polls_;
};

} // namespace rollcall::actors
