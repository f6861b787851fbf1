/// What came for a partition while searches were in it, and the partition as it is with that: a change then waits for
/// no search.
#pragma once

#include "core/mutation.hpp"
#include "shard/partition.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace rollcall::shard {

/// They are as good as applied, since whoever looks at the partition looks through a `partition_view`, until somebody
/// is alone in it and applies them. Any thread, as far as said.
class deferred_mutations {
public:
  using list = std::vector<std::shared_ptr<const core::mutation>>;
  /// So many at most: each is compared with every probe of a search.
  static constexpr std::size_t most = 64;

  /// Takes a batch, whole, that `of` would apply without a complaint; false: it has to be applied. Of the thread that
  /// changes `of`, which need not be alone in it. Throws std::bad_alloc, and has taken nothing then.
  [[nodiscard]] bool take(const partition& of, std::span<const core::mutation> batch);
  /// As partition's.
  void note_head(std::uint64_t head) noexcept;
  /// Applies all to the partition. Precondition: the caller is alone in it.
  void apply_to(partition& to);
  /// The partition was changed otherwise. Precondition as above.
  void follow(const partition& of) noexcept;
  /// The last mutation that the partition has, with these.
  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_.load(); }

  struct contents {
    list mutations;
    std::uint64_t head = 0;
  };
  [[nodiscard]] contents now() const;

private:
  mutable std::mutex mutex_;
  contents held_;                     ///< its mutations follow the partition's without a gap
  std::atomic<std::uint64_t> seq_{0}; ///< written under mutex_
};

/// A partition with what was deferred when the view was made. Used by one thread, while nobody changes the partition.
class partition_view {
public:
  partition_view(const partition& held, const deferred_mutations& deferred) : held_(held), deferred_(deferred.now()) {}

  /// As partition's.
  [[nodiscard]] std::uint64_t seq() const noexcept;
  [[nodiscard]] bool is_current() const noexcept { return seq() >= std::max(held_.head(), deferred_.head); }
  [[nodiscard]] std::size_t size(core::reference_kind kind) const;
  [[nodiscard]] core::result<search_outcome> search(core::reference_kind kind, const probe_matrix& probes,
                                                    float recall_floor, std::span<top_k> best) const;
  [[nodiscard]] std::vector<float> find(core::reference_kind kind, const core::uuid& id) const;

private:
  [[nodiscard]] deferred_mutations::list latest(core::reference_kind kind) const;
  [[nodiscard]] bool holds(const core::mutation& one) const;

  const partition& held_;
  deferred_mutations::contents deferred_;
};

} // namespace rollcall::shard
