#include "actors/snapshot_loader.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::size_t window = 8; // blocks asked for and not yet in the gallery
constexpr std::chrono::seconds patience{10};
constexpr std::uint64_t least_bytes_a_second = std::uint64_t{4} << 20;

} // namespace

/// One source after the other; `generation` tells late answers of one that was left.
struct snapshot_loader::attempt {
  partition_load what;
  done then;
  std::deque<snapshot_source> left;
  snapshot_source source;
  std::uint64_t generation = 0;
  core::steady_time until{};
  std::chrono::milliseconds allowance{0};             ///< for the whole of it
  std::shared_ptr<shard::snapshot_contents> contents; ///< unchanged once it has its tail
  core::bytes tail;
  std::shared_ptr<const shard::file_mapping> mapping; ///< of the whole, where there is one

  // Blocks go from the last, which is not full, to the first: so that they fit together.
  [[nodiscard]] std::size_t number(std::size_t turn) const { return contents->blocks() - 1 - turn; }
  std::size_t asked = 0;                           ///< blocks
  std::size_t put = 0;                             ///< in the gallery
  bool is_putting = false;                         ///< one more
  std::map<std::size_t, core::shared_bytes> ready; ///< read, and not yet put, by turn
};

void snapshot_loader::load(const partition_load& what, done then) {
  if (!ports_.snapshots)
    return then(std::nullopt);
  auto now = std::make_shared<attempt>();
  now->what = what;
  now->then = std::move(then);
  auto sources = ports_.snapshots->sources(what.key);
  now->left.assign(std::make_move_iterator(sources.begin()), std::make_move_iterator(sources.end()));
  try_next(now);
}

void snapshot_loader::refuse(const loaded_snapshot& what, const core::error& why) {
  core::log(core::log_level::warning, "snapshots", "a snapshot can't be used",
            {{"from", what.from.name.empty() ? "this node" : what.from.name},
             {"partition", std::to_string(what.key.second)},
             {"error", why.message}});
  ports_.snapshots->refused(what.from, what.key, why);
}

void snapshot_loader::try_next(const attempt_ptr& now) {
  ++now->generation;
  if (now->left.empty() || !ports_.is_wanted(now->what))
    return std::exchange(now->then, {})(std::nullopt);
  now->source = std::move(now->left.front());
  now->left.pop_front();
  now->until = ports_.now() + patience;
  now->contents.reset();
  now->tail.clear();
  now->mapping.reset();
  now->asked = now->put = 0;
  now->is_putting = false;
  now->ready.clear();
  now->source.open([this, now, generation = now->generation](core::result<std::uint64_t> bytes) {
    if (now->generation != generation)
      return;
    if (bytes)
      begin(now, *bytes);
    else
      fail(now, bytes.failure());
  });
}

void snapshot_loader::fail(const attempt_ptr& now, const core::error& why) {
  if (why.code != core::error_code::not_found)
    refuse({now->source, now->what.key}, why);
  try_next(now);
}

// Reads a part, unless the source was left meanwhile, or is too slow.
void snapshot_loader::read(const attempt_ptr& now, shard::byte_range at, std::function<void(core::shared_bytes)> then) {
  now->source.read(
      at, [this, now, generation = now->generation, then = std::move(then)](core::result<core::shared_bytes> got) {
        if (now->generation != generation)
          return;
        if (!ports_.is_wanted(now->what))
          return try_next(now);
        if (!got)
          return fail(now, got.failure());
        if (ports_.now() > now->until)
          return fail(now, core::fail(core::error_code::deadline_exceeded, "It comes too slowly."));
        then(*std::move(got));
      });
}

void snapshot_loader::begin(const attempt_ptr& now, std::uint64_t bytes) {
  if (bytes < shard::snapshot_header_bytes)
    return fail(now, core::fail(core::error_code::corrupt, "The snapshot is damaged: it is cut."));
  now->allowance = patience + std::chrono::seconds{bytes / least_bytes_a_second};
  read(now, {0, shard::snapshot_header_bytes},
       [this, now, bytes](const core::shared_bytes& header) { take_header(now, bytes, *header); });
}

void snapshot_loader::take_header(const attempt_ptr& now, std::uint64_t bytes, core::byte_view header) {
  const auto& [collection, partition] = now->what.key;
  auto contents = shard::snapshot_contents::parse(header, bytes, {ports_.snapshots->cluster, collection, partition});
  if (!contents)
    return fail(now, contents.failure());
  now->contents = std::make_shared<shard::snapshot_contents>(*std::move(contents));
  confirm(now);
}

void snapshot_loader::confirm(const attempt_ptr& now) {
  ports_.snapshots->is_known(
      now->what.key, now->contents->digest(), [this, now, generation = now->generation](core::result<bool> known) {
        if (now->generation != generation)
          return;
        if (!known) // the store is away, and nothing can be loaded without it
          return ports_.later([this, now] { ports_.is_wanted(now->what) ? confirm(now) : try_next(now); });
        if (!*known)
          return fail(now, core::fail(core::error_code::conflict,
                                      "The store does not know it: it was altered, or the store was restored."));
        now->until = ports_.now() + now->allowance; // the store may have kept us waiting
        read_tail(now);
      });
}

void snapshot_loader::read_tail(const attempt_ptr& now) {
  const auto all = now->contents->tail();
  const auto had = now->tail.size();
  if (had < all.bytes)
    return read(now, {all.offset + had, std::min(all.bytes - had, shard::most_block_bytes)},
                [this, now](const core::shared_bytes& more) {
                  if (more->empty())
                    return fail(now, core::fail(core::error_code::corrupt, "The snapshot is damaged: it is cut."));
                  now->tail.insert(now->tail.end(), more->begin(), more->end());
                  read_tail(now);
                });
  if (const auto taken = now->contents->take_tail(now->tail); !taken)
    return fail(now, taken.failure());
  core::bytes{}.swap(now->tail);
  if (now->source.map)
    if (auto mapped = now->source.map()) // else it is read as another node's
      now->mapping = *std::move(mapped);
  empty_partition(now);
}

// Changes the gallery, unless the partition was dropped before: a change after that would make it anew, without what
// was put before.
void snapshot_loader::change(const attempt_ptr& now, std::function<core::status()> what, std::function<void()> then) {
  if (!ports_.is_wanted(now->what))
    return try_next(now);
  ports_.change(std::move(what),
                [this, now, generation = now->generation, then = std::move(then)](const core::status& changed) {
                  if (now->generation != generation)
                    return;
                  if (!changed)
                    return fail(now, changed.failure());
                  then();
                });
}

void snapshot_loader::empty_partition(const attempt_ptr& now) {
  change(
      now,
      [&gallery = gallery_, key = now->what.key] {
        gallery.begin_load(key.first, key.second);
        return core::status{core::nothing{}};
      },
      [this, now] {
        const auto& from = now->source.name;
        progress_ = {now->what.key, from.empty() ? "disk" : from, 0, now->contents->rows(), false, ports_.now()};
        if (now->contents->blocks() == 0)
          return finish(now);
        read_ahead(now);
      });
}

void snapshot_loader::read_ahead(const attempt_ptr& now) {
  const auto generation = now->generation; // a source that fails at once has been left at the return
  while (now->generation == generation && now->asked < now->contents->blocks() && now->asked < now->put + window) {
    const auto turn = now->asked++;
    const auto number = now->number(turn);
    read(now, now->mapping ? now->contents->scanned(number) : now->contents->block(number),
         [this, now, turn](core::shared_bytes bytes) {
           now->ready.emplace(turn, std::move(bytes));
           put_next(now);
         });
  }
}

void snapshot_loader::put_next(const attempt_ptr& now) {
  const auto next = now->ready.find(now->put);
  if (now->is_putting || next == now->ready.end())
    return;
  now->is_putting = true;
  std::shared_ptr<const shard::snapshot_contents> contents = now->contents;
  change(
      now,
      [&gallery = gallery_, key = now->what.key, contents, number = now->number(next->first), mapping = now->mapping,
       bytes = std::move(next->second)]() -> core::status {
        ROLLCALL_TRY(const auto block,
                     mapping ? contents->map(number, *bytes, mapping) : contents->read(number, *bytes));
        return gallery.load(key.first, key.second, block);
      },
      [this, now] {
        now->ready.erase(now->put);
        now->is_putting = false;
        progress_.rows += now->contents->rows_in(now->number(now->put++));
        if (now->put == now->contents->blocks())
          return finish(now);
        read_ahead(now);
        put_next(now);
      });
}

void snapshot_loader::finish(const attempt_ptr& now) {
  change(
      now,
      [&gallery = gallery_, key = now->what.key, seq = now->contents->seq()] {
        gallery.load_from(key.first, key.second, seq);
        return core::status{core::nothing{}};
      },
      [this, now] {
        const auto& [collection, partition] = now->what.key;
        core::log(core::log_level::note, "snapshots", "a partition was loaded from a snapshot",
                  {{"from", now->source.name.empty() ? "this node" : now->source.name},
                   {"collection", core::to_string(collection)},
                   {"partition", std::to_string(partition)},
                   {"references", std::to_string(now->contents->rows())}});
        ports_.snapshots->loaded(now->source, now->what.key, now->contents->seq());
        ++now->generation;
        std::exchange(now->then, {})(loaded_snapshot{now->source, now->what.key});
      });
}

} // namespace rollcall::actors
