/// What a gallery holds, in all and of each collection, kept as it changes. Thread-safe; no call waits for a search.
#pragma once

#include "core/mutation.hpp"
#include "shard/memory/memory_parts.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace rollcall::shard {

struct gallery_size {
  std::uint64_t partitions = 0;
  std::uint64_t references = 0; ///< faces and users
  memory_parts memory{};
};

/// The part of a collection that lies in one gallery.
struct collection_size {
  core::collection_key collection;
  gallery_size held;
};

class gallery_totals {
public:
  /// Throws std::bad_alloc, of a collection without partitions only.
  void add(core::collection_key collection, const gallery_size& what);
  /// Precondition: it was added before.
  void remove(core::collection_key collection, const gallery_size& what) noexcept;

  [[nodiscard]] gallery_size all() const;
  /// Those with partitions, by collection.
  [[nodiscard]] std::vector<collection_size> by_collection() const;

private:
  mutable std::mutex mutex_;
  gallery_size all_;
  std::map<core::collection_key, gallery_size> each_;
};

} // namespace rollcall::shard
