/// The system of record in memory: the twin of the SQLite store for tests and tools. It keeps nothing.
#pragma once

#include "store/settings.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// An empty store. Calls never fail for want of a disk.
[[nodiscard]] std::unique_ptr<store> make_memory_store(common_settings settings = {});

} // namespace rollcall::store
