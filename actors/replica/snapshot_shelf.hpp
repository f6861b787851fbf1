/// The snapshots that other nodes are reading, each held open under a ticket. Any thread.
#pragma once

#include "core/clock.hpp"
#include "shard/snapshot/snapshot_directory.hpp"

#include <map>
#include <mutex>

namespace rollcall::actors {

class snapshot_shelf {
public:
  static constexpr std::size_t most_open = 16;
  static constexpr std::chrono::seconds kept{30}; ///< after the last read
  static constexpr std::chrono::seconds idle{2};  ///< the same where others wait: who reads asks again within this

  /// Errors: `overloaded`: so many are being read.
  [[nodiscard]] core::result<std::uint64_t> add(std::shared_ptr<const shard::snapshot_file> file,
                                                core::steady_time now) {
    const std::lock_guard lock(mutex_);
    const auto least = open_.size() < most_open ? kept : idle;
    std::erase_if(open_, [&](const auto& one) { return now - one.second.used > least; });
    if (open_.size() >= most_open)
      return core::fail(core::error_code::overloaded, "Too many snapshots are being read.");
    open_[++last_ticket_] = {std::move(file), now};
    return last_ticket_;
  }

  /// Nothing more of it is read.
  void close(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    open_.erase(ticket);
  }

  /// Null: the ticket is over.
  [[nodiscard]] std::shared_ptr<const shard::snapshot_file> find(std::uint64_t ticket, core::steady_time now) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(ticket);
    if (found == open_.end() || now - found->second.used > kept)
      return nullptr;
    found->second.used = now;
    return found->second.file;
  }

private:
  struct entry {
    std::shared_ptr<const shard::snapshot_file> file;
    core::steady_time used;
  };

  std::mutex mutex_;
  std::map<std::uint64_t, entry> open_;
  std::uint64_t last_ticket_ = 0;
};

} // namespace rollcall::actors
