/// The system of record in memory: the twin of the SQLite store for tests and tools. It keeps nothing.
#pragma once

#include "store/store.hpp"

#include <functional>
#include <memory>

namespace rollcall::store {

/// As in `sqlite_settings`.
struct memory_settings {
  std::chrono::hours token_lifetime{7 * 24};
  std::uint64_t tokens_kept = 100'000;
  std::uint64_t mutations_kept = 1'000'000;
  std::shared_ptr<const core::wall_clock> clock{}; ///< null: the system's
  std::function<core::uuid()> make_uuid = core::random_uuid;
};

/// An empty store. Calls never fail for want of a disk.
[[nodiscard]] std::unique_ptr<store> make_memory_store(memory_settings settings = {});

} // namespace rollcall::store
