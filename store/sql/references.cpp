#include "store/sql/references.hpp"

#include "store/checks.hpp"

#include <algorithm>
#include <iterator>

namespace rollcall::store::sql {

namespace {

struct head_row {
  std::uint64_t head = 0;
  std::uint64_t pruned = 0;
  std::uint32_t half = 0; ///< the first of two further partitions that follow it; 0: none do
};

core::result<head_row> find_head(session& db, std::int64_t collection, std::uint32_t part) {
  query q(db, "SELECT head, pruned FROM partitions WHERE collection = ?1 AND part = ?2", collection, part);
  if (!q.next())
    return core::fail(core::error_code::not_found, "the collection has no partition " + std::to_string(part));
  return head_row{static_cast<std::uint64_t>(q.number(0)), static_cast<std::uint64_t>(q.number(1))};
}

// Where the references of a partition are.
struct reference_place {
  std::uint32_t stored = 0; ///< embeddings.part
  std::uint32_t count = 1;  ///< partitions of its range
  std::uint32_t at = 0;     ///< in the range
  bool is_whole = true;     ///< all that is stored there
};

core::result<reference_place> place_of(const collection_row& collection, std::uint32_t part) {
  const auto range = collection.shape.range_of(part);
  if (!range)
    return core::fail(core::error_code::not_found, "the collection has no partition " + std::to_string(part));
  const auto at = part - range->first;
  return reference_place{at & (collection.stored - 1), range->count, at, range->count == collection.stored};
}

void note(session& db, std::int64_t collection, std::uint32_t part, const mutation& change) {
  execute(db, "INSERT INTO mutations VALUES (?1, ?2, ?3, ?4, ?5)", collection, part, change.seq,
          static_cast<int>(change.kind), change.id);
}

void apply(session& db, const collection_row& to, const mutation& change) {
  const auto kind = static_cast<int>(change.kind);
  const auto part = partition_of(change.id, to.stored);
  if (change.embedding.empty())
    execute(db, "DELETE FROM embeddings WHERE collection = ?1 AND part = ?2 AND kind = ?3 AND id = ?4", to.n, part,
            kind, change.id);
  else
    execute(db,
            "INSERT INTO embeddings (collection, part, kind, id, seq, vector) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
            "ON CONFLICT (collection, part, kind, id) DO UPDATE SET seq = excluded.seq, vector = excluded.vector",
            to.n, part, kind, change.id, change.seq, std::span<const float>(change.embedding));
}

// Keeps at least `kept` mutations; works in strides, so that few writes pay for it. Empty: none goes now.
std::optional<std::uint64_t> find_old(const common_settings& settings, head_row row) {
  const auto stride = settings.mutations_kept / 8 + 1;
  if (row.head < row.pruned + settings.mutations_kept + stride)
    return std::nullopt;
  return row.head - settings.mutations_kept;
}

// Takes the next sequence numbers of a partition. Its head stays with this transaction until the end, so that sequence
// order is commit order. A face is put once and removed once, which counts it. None: there is no such partition.
std::optional<head_row> move_head(session& db, std::int64_t collection, std::uint32_t part,
                                  std::span<const mutation> changes) {
  std::int64_t faces = 0;
  for (const auto& each : changes)
    if (each.kind == reference_kind::face)
      faces += each.embedding.empty() ? -1 : 1;
  query q(db,
          "UPDATE partitions SET head = head + ?3, faces = faces + ?4 WHERE collection = ?1 AND part = ?2 "
          "RETURNING head, pruned, half",
          collection, part, changes.size(), faces);
  if (!q.next())
    return std::nullopt;
  return head_row{static_cast<std::uint64_t>(q.number(0)), static_cast<std::uint64_t>(q.number(1)),
                  static_cast<std::uint32_t>(q.number(2))};
}

// The other partitions of a doubling count along with the one that numbers the writes.
head_row follow_head(session& db, std::int64_t collection, std::uint32_t part, std::uint64_t head) {
  query q(db, "UPDATE partitions SET head = ?3 WHERE collection = ?1 AND part = ?2 RETURNING head, pruned", collection,
          part, head);
  ROLLCALL_ASSERT(q.next());
  return {static_cast<std::uint64_t>(q.number(0)), static_cast<std::uint64_t>(q.number(1))};
}

// The changes as one of the two that a partition is split into has them: what belongs to the other one is the removal
// of nothing.
std::vector<mutation> share_of(const partition_range& split, std::uint32_t part, std::span<const mutation> changes) {
  std::vector<mutation> share(changes.begin(), changes.end());
  for (auto& change : share)
    if (split.number_of(change.id) != part)
      change.embedding.clear();
  return share;
}

// None where the heads are not those of `numbered` any more. Whoever ends a doubling holds all of them, so that the
// first one tells.
std::optional<numbered_changes> number_over(session& db, core::collection_key key, std::int64_t collection,
                                            const partition_range& numbered, change_set& changes) {
  numbered_changes done;
  const auto forget = [&](std::uint32_t part, head_row row) {
    if (const auto last = find_old(db.settings(), row))
      done.old.emplace_back(part, *last);
  };
  for (auto& [part, mutations] : changes.by_partition()) {
    const auto row = move_head(db, collection, part, mutations);
    if (!row)
      return std::nullopt;
    auto seq = row->head - mutations.size();
    for (auto& change : mutations)
      change.seq = ++seq;
    forget(part, *row);
    if (row->half != 0) {
      const partition_range split{row->half - (part - numbered.first), 2 * numbered.count};
      for (const auto half : {row->half, row->half + numbered.count}) {
        forget(half, follow_head(db, collection, half, row->head));
        done.followed.push_back({key, half, share_of(split, half, mutations)});
      }
    }
    done.batches.push_back({key, part, std::move(mutations)});
  }
  return done;
}

} // namespace

numbered_changes number_changes(session& db, core::collection_key key, const collection_row& collection,
                                change_set changes) {
  auto numbered = collection.shape.numbered();
  for (;;) {
    if (auto done = number_over(db, key, collection.n, numbered, changes))
      return *std::move(done);
    const auto now = find_row(db, key); // a doubling has ended since the collection was read
    if (!now)
      throw failure(now.failure());
    ROLLCALL_ASSERT(now->shape.numbered() != numbered);
    numbered = now->shape.numbered();
    changes = std::move(changes).over(numbered);
  }
}

void forget_old(session& db, const collection_row& collection, const numbered_changes& changes) {
  for (const auto& [part, last] : changes.old) {
    execute(db, "DELETE FROM mutations WHERE collection = ?1 AND part = ?2 AND seq <= ?3", collection.n, part, last);
    execute(db, "UPDATE partitions SET pruned = ?3 WHERE collection = ?1 AND part = ?2", collection.n, part, last);
  }
}

std::vector<mutation_batch> record_changes(session& db, core::collection_key key, const collection_row& collection,
                                           change_set changes) {
  auto done = number_changes(db, key, collection, std::move(changes));
  for (const auto& batch : done.batches)
    for (const auto& change : batch.mutations)
      apply(db, collection, change);
  for (const auto* batches : {&done.batches, &done.followed})
    for (const auto& batch : *batches)
      for (const auto& change : batch.mutations)
        note(db, collection.n, batch.partition, change);
  forget_old(db, collection, done);
  return all_batches(std::move(done));
}

std::vector<mutation_batch> all_batches(numbered_changes changes) {
  auto all = std::move(changes.batches);
  std::move(changes.followed.begin(), changes.followed.end(), std::back_inserter(all));
  return all;
}

std::vector<float> find_embedding(session& db, const collection_row& collection, reference_kind kind,
                                  const core::uuid& id) {
  query q(db, "SELECT vector FROM embeddings WHERE collection = ?1 AND part = ?2 AND kind = ?3 AND id = ?4",
          collection.n, partition_of(id, collection.stored), static_cast<int>(kind), id);
  return q.next() ? q.vector(0) : std::vector<float>{};
}

core::result<std::vector<partition_head>> list_heads(session& db) {
  query q(db, "SELECT c.key, p.part, p.head FROM partitions p JOIN collections c ON c.n = p.collection");
  std::vector<partition_head> heads;
  while (q.next())
    heads.push_back({{q.id(0)}, static_cast<std::uint32_t>(q.number(1)), static_cast<std::uint64_t>(q.number(2))});
  const auto place = [](const partition_head& head) { return std::pair(head.collection, head.partition); };
  std::sort(heads.begin(), heads.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return heads;
}

core::result<reference_page> list_references(session& db, core::collection_key key, std::uint32_t partition,
                                             const std::optional<std::pair<reference_kind, core::uuid>>& after,
                                             std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  ROLLCALL_CHECK(find_head(db, collection.n, partition));
  ROLLCALL_TRY(const auto place, place_of(collection, partition));
  // Before all kinds there is kind -1.
  const auto [kind, id] =
      after ? std::pair(static_cast<int>(after->first), after->second) : std::pair(-1, core::uuid{});
#define ROLLCALL_SELECT_REFERENCES                                                                                     \
  "SELECT kind, id, vector FROM embeddings WHERE collection = ?1 AND part = ?2 AND (kind, id) > (?3, ?4) "
  auto q = place.is_whole
               ? query(db, ROLLCALL_SELECT_REFERENCES "ORDER BY kind, id LIMIT ?5", collection.n, place.stored, kind,
                       id, one_more(limit))
               : query(db, ROLLCALL_SELECT_REFERENCES "AND partition_of(id, ?6) = ?7 ORDER BY kind, id LIMIT ?5",
                       collection.n, place.stored, kind, id, one_more(limit), place.count, place.at);
  reference_page found;
  while (q.next()) {
    if (found.references.size() == limit) {
      found.next = {found.references.back().kind, found.references.back().id};
      break;
    }
    found.references.push_back({static_cast<reference_kind>(q.number(0)), q.id(1), q.vector(2)});
  }
  return found;
}

core::result<mutation_batch> tail_mutations(session& db, core::collection_key key, std::uint32_t partition,
                                            std::uint64_t after, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  ROLLCALL_TRY(const auto head, find_head(db, collection.n, partition));
  if (after < head.pruned)
    return core::fail(core::error_code::gap, "mutations up to " + std::to_string(head.pruned)
                                                 + " are forgotten: load the partition's references anew");
  ROLLCALL_TRY(const auto place, place_of(collection, partition));
  // Not a join: a plan made while there was little would read all of the partition, each time.
  query q(db,
          "SELECT m.seq, m.kind, m.id, (SELECT e.vector FROM embeddings e WHERE e.collection = ?1 AND e.part = ?5 AND "
          "e.kind = m.kind AND e.id = m.id AND e.seq = m.seq) FROM mutations m "
          "WHERE m.collection = ?1 AND m.part = ?2 AND m.seq > ?3 ORDER BY m.seq LIMIT ?4",
          collection.n, partition, after, limit, place.stored);
  mutation_batch batch{key, partition, {}};
  while (q.next()) {
    mutation change{static_cast<std::uint64_t>(q.number(0)), static_cast<reference_kind>(q.number(1)), q.id(2), {}};
    if (place.is_whole || partition_of(change.id, place.count) == place.at)
      change.embedding = q.vector(3);
    batch.mutations.push_back(std::move(change));
  }
  return batch;
}

} // namespace rollcall::store::sql
