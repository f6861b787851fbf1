/// What a partition asks of an index over its references. Implementations: `coded_index` (exact). An index has no
/// locks: the partition's owner lets either one writer or many searches in.
#pragma once

#include "core/result.hpp"
#include "core/uuid.hpp"
#include "shard/codes/code_tiles.hpp"
#include "shard/memory/memory_parts.hpp"
#include "shard/merge.hpp"
#include "shard/probe_matrix.hpp"
#include "shard/reference_block.hpp"
#include "shard/top_k.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::shard {

/// What a search says of itself.
struct search_outcome {
  exactness exact = exactness::proved;
  std::uint64_t compared = 0; ///< exact cosines computed, over all probes
};

/// Of what something is the nearest reference.
enum class nearest_to : std::uint8_t { probe, reference };

class reference_index {
public:
  virtual ~reference_index() = default;

  /// Whether `upsert` would take it, given memory. Errors: `model_mismatch` (other dimension), `invalid_argument` (a
  /// value is not finite, or all are 0). Any thread, also beside a change.
  [[nodiscard]] virtual core::status check(std::span<const float> embedding) const = 0;
  /// Puts a reference in, or replaces the one with this id. `embedding`: dimension() float32, L2-normalised.
  /// `as`: its code, as `codes` of another index gave it, which may save time and changes no answer.
  /// Errors: those of `check`, `over_budget` (no memory). Nothing changes then.
  [[nodiscard]] virtual core::status upsert(const core::uuid& id, std::span<const float> embedding,
                                            const known_code& as) = 0;
  [[nodiscard]] core::status upsert(const core::uuid& id, std::span<const float> embedding) {
    return upsert(id, embedding, {});
  }

  /// So many references, all in all, will come soon: a matter of speed.
  virtual void expect(std::size_t /*rows*/) noexcept {}

  /// Appends references [at, at + count) of a block in a mapped file where they lie, for at most chunk_rows of them.
  /// False when they have to be put one by one: the index has them elsewhere only, or it has one of them; nothing has
  /// changed then. Errors: `over_budget`; some may have been appended. Preconditions: at is a multiple of chunk_rows,
  /// at + chunk_rows <= size of `from`.
  [[nodiscard]] virtual core::result<bool> adopt(const reference_block& /*from*/, std::size_t /*at*/,
                                                 std::size_t /*count*/) {
    return false;
  }
  /// What did not change since it was copied to a file lies there from now on, the rest of those rows in memory. A
  /// change, as `upsert` is, that changes no answer. Throws std::bad_alloc.
  virtual void move_to_file(const moved_block& /*what*/) {}
  /// Brings up to `most` rows, in whole chunks, into memory that lie in another file than `but`. True when more do. As
  /// above.
  virtual bool leave_files(const file_mapping* /*but*/, std::size_t /*most*/) { return false; }
  /// Whether something in a file was found to be other than what was written there. What was made of it is worthless:
  /// ask after each use.
  [[nodiscard]] virtual bool is_damaged() const noexcept { return false; }

  /// Takes a reference out; false when there was none. No search finds it afterwards.
  virtual bool remove(const core::uuid& id) = 0;

  [[nodiscard]] virtual bool contains(const core::uuid& id) const = 0;
  /// A copy of one reference's embedding; none where it is not there.
  [[nodiscard]] virtual std::optional<std::vector<float>> find(const core::uuid& id) const = 0;
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  [[nodiscard]] virtual std::size_t dimension() const noexcept = 0;
  /// A reference as it was put, of size() rows. Rows are appended at the end; the last one takes the place of one that
  /// goes. Valid until the next change. Precondition: row < size().
  struct stored {
    const core::uuid& id;
    std::span<const float> values;
  };
  [[nodiscard]] virtual stored at(std::size_t row) const = 0;
  /// The codes of the rows from `first` on, tile_rows of them at most. Valid until the next change.
  /// Precondition: first < size(), a multiple of tile_rows.
  [[nodiscard]] virtual code_run codes(std::size_t first) const = 0;
  /// Changes so far of the chunk_rows rows that row `first` begins. Precondition as above.
  [[nodiscard]] virtual std::uint32_t changes(std::size_t first) const = 0;
  /// What the index holds from the allocator, to within a tenth.
  [[nodiscard]] virtual memory_parts memory() const noexcept = 0;

  /// Offers the nearest references of every probe to `best[probe]`, which may hold hits of other indexes already and
  /// keeps what is nearest by `is_nearer`. Cosines are canonical (shard/codes/similarity.hpp), whatever the index keeps
  /// inside. The outcome is `proved` when no reference left out belongs into any of them, which a `recall_floor` below
  /// 1 does not ask for: `approximate` then, where looking at less was enough for it. Every probe, in one pass over
  /// memory. Preconditions (asserted): probes.dimension() == dimension(), best.size() == probes.count().
  [[nodiscard]] virtual search_outcome search(const probe_matrix& probes, float recall_floor,
                                              std::span<top_k> best) const = 0;

  // -- upkeep: makes later searches cheaper and changes no answer --

  /// What a study of references found out. It holds for others that come from the same network, too.
  struct finding {
    std::shared_ptr<const transform>
        trained; ///< null: none is better than the one for references of which nothing is known
  };

  /// Whether it is time to find something out.
  [[nodiscard]] virtual bool wants_study() const noexcept { return false; }
  /// What finds it out. It holds a copy of what it needs: run it on any thread, beside everything else, and hand what
  /// it returns to `upkeep`. Precondition: wants_study().
  [[nodiscard]] virtual std::function<finding()> study() const { return {}; }

  /// Work for this index alone, such as sorting references into lists: it holds copies of what it needs.
  class errand {
  public:
    virtual ~errand() = default;
    /// On any thread, beside everything else.
    virtual void run() = 0;
  };
  /// What is to be done next; null: nothing. Throws std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<errand> next_errand() const { return nullptr; }
  /// Takes what an errand found into use, at most about two milliseconds; a change, as `upsert` is. One of another
  /// index, or of how this one was before, does nothing.
  virtual void finish(errand& /*done*/) {}

  /// Whether `note_nearest` is of use: too little is known of how much must be looked at for a recall below 1.
  [[nodiscard]] virtual bool wants_nearest() const noexcept { return false; }
  /// A search of everything found that `id` is nearest to `values`, dimension() of them, of a probe or of a reference.
  /// Beside searches; any thread.
  virtual void note_nearest(nearest_to /*what*/, std::span<const float> /*values*/, const core::uuid& /*id*/) const {}

  /// A slice of upkeep, at most about a millisecond; a change, as `upsert` is. `found`: what a study gave, of this or
  /// of another index; null: nothing new. True when there is more to do.
  virtual bool upkeep(const finding* /*found*/) { return false; }
  /// Another such slice: brings some of what lies in files, and is to lie in memory, there. It takes the machine's
  /// memory bandwidth, and can wait. `room`: what room_to_settle asked for, touched, or null. True when there is more
  /// to do.
  virtual bool settle(aligned_memory /*room*/) { return false; }
  /// Bytes that it would have to touch for the first time, which may take longer than a slice; 0: few.
  [[nodiscard]] virtual std::size_t room_to_settle() const noexcept { return 0; }
  /// Whether there is nothing for it to do.
  [[nodiscard]] virtual bool is_settled() const noexcept { return true; }
};

/// Makes an empty index for references of a dimension.
using index_factory = std::function<std::unique_ptr<reference_index>(std::size_t dimension)>;

/// The k nearest references of every probe with cosine ≥ `lowest_cosine`, as rows: nq rows, nearest first, ties by
/// lower id. For callers of a single index; preconditions and cost as `reference_index::search`, and k ≥ 1.
struct index_answer {
  hit_rows rows;
  exactness exact = exactness::not_proved;
};
[[nodiscard]] index_answer search_index(const reference_index& index, const probe_matrix& probes, std::size_t k,
                                        float lowest_cosine, float recall_floor = proved_recall);

/// Looks for what is nearest to a row < index.size() besides itself, and notes it (reference_index::note_nearest).
void note_neighbour(const reference_index& index, std::size_t row);

} // namespace rollcall::shard
