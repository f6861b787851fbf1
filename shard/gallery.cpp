#include "shard/gallery.hpp"

#include "core/assert.hpp"
#include "shard/codes/code_block.hpp"
#include "shard/gallery_change.hpp"

#include <algorithm>
#include <new>
#include <shared_mutex>

namespace rollcall::shard {

namespace {

constexpr std::size_t most_probes = 1'024;
constexpr std::size_t most_hits = 4'097;

core::status check_shape(const search_request& request, const probe_matrix& probes) {
  if (probes.count() > most_probes)
    return core::fail(core::error_code::invalid_argument, "A search takes at most 1,024 probes.");
  if (request.k < 1 || request.k > most_hits)
    return core::fail(core::error_code::invalid_argument, "k must be between 1 and 4,097.");
  return core::nothing{};
}

} // namespace

gallery::gallery(index_factory make_index) : make_index_(std::move(make_index)) {}

std::shared_ptr<gallery::entry> gallery::find(const entry_key& key) const {
  const std::lock_guard lock(map_mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

std::shared_ptr<gallery::entry> gallery::find_or_make(const entry_key& key) {
  const std::lock_guard lock(map_mutex_);
  auto& found = entries_[key];
  if (!found) {
    found = std::make_shared<entry>(make_index_, key.first);
    totals_.add(key.first, {.partitions = 1});
  }
  return found;
}

// Its partition is counted from its making on, so that this allocates nothing.
void gallery::count(const entry& target, bool is_added) noexcept {
  const auto& held = target.held;
  const gallery_size size{
      .references = held.size(core::reference_kind::face) + held.size(core::reference_kind::user),
      .memory = held.memory(),
  };
  is_added ? totals_.add(target.of, size) : totals_.remove(target.of, size);
  if (held.is_loading())
    is_added ? ++loading_ : --loading_;
}

void gallery::make_due(const std::shared_ptr<entry>& target) const {
  if (target->is_due.exchange(true))
    return;
  const std::lock_guard lock(due_mutex_);
  due_.push_back(target);
}

void gallery::begin_load(core::collection_key collection, std::uint32_t partition, const load_size& expected) {
  change({collection, partition}, [&](auto& held) { held.begin_load(expected); });
}

void gallery::load(core::collection_key collection, std::uint32_t partition,
                   std::span<const core::reference> references) {
  change({collection, partition}, [&](auto& held) { held.load(references); });
}

core::status gallery::load(core::collection_key collection, std::uint32_t partition,
                           const reference_block& references) {
  return change({collection, partition}, [&](auto& held) { return held.load(references); });
}

void gallery::load_from(core::collection_key collection, std::uint32_t partition, std::uint64_t seq) {
  change({collection, partition}, [&](auto& held) { held.load_from(seq); });
}

void gallery::note_head(core::collection_key collection, std::uint32_t partition, std::uint64_t head) {
  find_or_make({collection, partition})->deferred.note_head(head);
}

core::status gallery::apply(const core::mutation_batch& batch) {
  const auto target = find_or_make({batch.collection, batch.partition});
  std::unique_lock alone(target->mutex, std::try_to_lock);
  if (!alone && target->deferred.take(target->held, batch.mutations)) {
    make_due(target);
    return core::nothing{};
  }
  if (!alone)
    alone.lock();
  make_due(target);
  return change_alone(*target, [&](auto& held) { return held.apply(batch.mutations); });
}

// The map's mutex is held.
gallery::entry_map::iterator gallery::drop(entry_map::iterator at) {
  {
    const std::unique_lock alone(at->second->mutex);
    count(*at->second, false);
    at->second->is_dropped = true;
  }
  totals_.remove(at->first.first, {.partitions = 1});
  return entries_.erase(at);
}

void gallery::drop(core::collection_key collection) {
  const std::lock_guard lock(map_mutex_);
  auto next = entries_.lower_bound({collection, 0});
  while (next != entries_.end() && next->first.first == collection)
    next = drop(next);
}

void gallery::drop(core::collection_key collection, std::uint32_t partition) {
  const std::lock_guard lock(map_mutex_);
  if (const auto found = entries_.find({collection, partition}); found != entries_.end())
    drop(found);
}

bool gallery::move_to_file(core::collection_key collection, std::uint32_t partition, std::uint64_t loads,
                           const moved_block& what) {
  const auto target = find({collection, partition});
  return target && change(*target, [&](auto& held) {
           const bool is_same = held.loads() == loads && !held.is_loading();
           if (is_same)
             held.move_to_file(what.in_file.kind, what);
           return is_same;
         });
}

bool gallery::leave_files(core::collection_key collection, std::uint32_t partition, core::reference_kind kind,
                          const file_mapping* but) {
  constexpr std::size_t rows_at_once = 256;
  const auto target = find({collection, partition});
  return target && change(*target, [&](auto& held) { return held.leave_files(kind, but, rows_at_once); });
}

// -- reading: holds the partition itself, so that it may be dropped meanwhile

class gallery::reader final : public partition_reader {
public:
  explicit reader(std::shared_ptr<const entry> of) : of_(std::move(of)) {}

  [[nodiscard]] partition_state state() const override {
    const std::shared_lock lock(of_->mutex);
    const auto& held = of_->held;
    return {held.seq(), held.erasures(), held.loads(), held.is_loading() || held.is_damaged() || of_->is_dropped};
  }
  [[nodiscard]] extent size(core::reference_kind kind) const override {
    const std::shared_lock lock(of_->mutex);
    const auto* index = of_->held.index(kind);
    return index == nullptr ? extent{} : extent{index->size(), index->dimension()};
  }
  std::size_t copy(core::reference_kind kind, std::size_t below, std::size_t most,
                   copied_references& into) const override {
    ROLLCALL_ASSERT(below >= 1 && most >= 1);
    const auto first = (below - 1) / most * most;
    const std::shared_lock lock(of_->mutex);
    const auto* index = of_->held.index(kind);
    into.begin(kind, index == nullptr ? 0 : index->dimension());
    const auto end = index == nullptr ? 0 : std::min(below, index->size());
    const bool has_codes = most % tile_rows == 0 && block_rows % most == 0;
    for (auto row = first; row < end; ++row) {
      into.add(index->at(row).id, index->at(row).values);
      if (has_codes && (row + 1 == end || (row + 1) % tile_rows == 0))
        add_codes(*index, row / tile_rows * tile_rows, row % tile_rows + 1, into);
    }
    return first;
  }

private:
  static void add_codes(const reference_index& from, std::size_t first, std::size_t count, copied_references& into) {
    into.add_codes(from.codes(first), count, from.changes(first));
  }

  std::shared_ptr<const entry> of_;
};

std::unique_ptr<partition_reader> gallery::read(core::collection_key collection, std::uint32_t partition) const {
  auto found = find({collection, partition});
  return found ? std::make_unique<reader>(std::move(found)) : nullptr;
}

std::vector<std::pair<core::collection_key, std::uint32_t>> gallery::list() const {
  const std::lock_guard lock(map_mutex_);
  std::vector<entry_key> keys;
  keys.reserve(entries_.size());
  for (const auto& [key, held] : entries_)
    keys.push_back(key);
  return keys;
}

std::vector<std::pair<core::collection_key, std::uint32_t>> gallery::damaged() const {
  auto keys = list();
  std::erase_if(keys, [this](const auto& key) {
    const auto found = find(key);
    if (!found)
      return true;
    const std::shared_lock lock(found->mutex);
    return !found->held.is_damaged();
  });
  return keys;
}

std::uint64_t gallery::seq(core::collection_key collection, std::uint32_t partition) const {
  const auto found = find({collection, partition});
  return found ? found->deferred.seq() : 0;
}

core::result<partition_answer> gallery::search_one(const search_request& request, std::uint32_t partition,
                                                   const probe_matrix& probes, std::span<top_k> best) const {
  partition_answer answer{.partition = partition, .has_answered = true, .is_current = true, .exact = exactness::proved};
  const auto found = find({request.collection, partition});
  if (!found)
    return answer;
  const std::shared_lock lock(found->mutex);
  if (found->held.is_damaged())
    met_damage_ = true;
  if (found->held.is_loading() || found->held.is_damaged())
    return partition_answer{.partition = partition};
  const partition_view seen(found->held, found->deferred);
  ROLLCALL_TRY(const auto outcome, seen.search(request.kind, probes, request.recall_floor, best));
  if (found->held.is_damaged())
    return core::fail(core::error_code::corrupt, "A file that references lie in was altered.");
  if (request.recall_floor < proved_recall && outcome.exact != exactness::approximate)
    make_due(found); // it may come to have what such a search needs
  answer.exact = outcome.exact;
  answer.compared = outcome.compared;
  if (outcome.exact == exactness::approximate)
    answer.recall = static_cast<float>(recall_.estimate().low);
  answer.is_current = seen.is_current();
  answer.seq = seen.seq();
  answer.references = seen.size(request.kind);
  return answer;
}

core::result<search_answer> gallery::search_all(const search_request& request) const {
  ROLLCALL_TRY(const auto probes, probe_matrix::make(request.probes, request.dimension));
  ROLLCALL_CHECK(check_shape(request, probes));
  std::vector<top_k> best(probes.count(), top_k{request.k, request.lowest_cosine});
  search_answer answer;
  for (const auto partition : request.partitions) {
    if (request.until.has_passed())
      return core::fail(core::error_code::deadline_exceeded, "The search took too long.");
    ROLLCALL_TRY(const auto searched, search_one(request, partition, probes, best));
    answer.partitions.push_back(searched);
  }
  for (auto& row : best)
    answer.rows.push_back(row.take());
  return answer;
}

core::result<search_answer> gallery::search(const search_request& request) const {
  try {
    // What a damaged partition said is among the rest: all are asked again, without it.
    auto answer = search_all(request);
    while (!answer && answer.failure().code == core::error_code::corrupt)
      answer = search_all(request);
    if (answer && request.recall_floor < proved_recall)
      recall_.offer(request, *answer);
    return answer;
  } catch (const std::bad_alloc&) {
    return core::fail(core::error_code::over_budget, "There is no memory for this search.");
  }
}

core::result<found_reference> gallery::find(core::collection_key collection, std::uint32_t partition,
                                            core::reference_kind kind, const core::uuid& id) const {
  const auto found = find({collection, partition});
  if (!found)
    return found_reference{{}, true};
  const std::shared_lock lock(found->mutex);
  const partition_view seen(found->held, found->deferred);
  found_reference made{seen.find(kind, id), seen.is_current()};
  if (found->held.is_loading() || found->held.is_damaged())
    return core::fail(core::error_code::not_ready, "The partition is still loading.");
  return made;
}

} // namespace rollcall::shard
