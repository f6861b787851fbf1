#include "actors/replica/snapshot_loader.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::size_t window = 8;         // turns asked for and not yet in the gallery
constexpr std::size_t blocks_a_turn = 16; // of a snapshot on this node's disk; else one, of half a megabyte
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
  std::size_t asked = 0;                                      ///< turns
  std::size_t put = 0;                                        ///< in the gallery
  bool is_putting = false;                                    ///< one more
  std::map<std::size_t, std::function<core::status()>> ready; ///< what puts those that were read, by turn

  [[nodiscard]] std::size_t at_once() const { return source.map ? blocks_a_turn : 1; }
  [[nodiscard]] std::size_t turns() const { return (contents->blocks() + at_once() - 1) / at_once(); }
  // Blocks go from the last to the first, which is not full: so that they fit together.
  [[nodiscard]] std::vector<std::size_t> blocks_of(std::size_t turn) const {
    std::vector<std::size_t> numbers;
    for (auto end = contents->blocks() - turn * at_once(); end > 0 && numbers.size() < at_once();)
      numbers.push_back(--end);
    return numbers;
  }
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

void snapshot_loader::leave(attempt& now) {
  ++now.generation;
  if (const auto close = std::exchange(now.source.close, {}))
    close();
}

void snapshot_loader::try_next(const attempt_ptr& now) {
  leave(*now);
  if (now->left.empty() || !ports_.is_wanted(now->what))
    return std::exchange(now->then, {})(std::nullopt);
  now->source = std::move(now->left.front());
  now->left.pop_front();
  now->until = ports_.now() + patience;
  now->contents.reset();
  now->tail.clear();
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

// What continues with what a source gave, unless it was left meanwhile, or is too slow.
template <class T>
std::function<void(core::result<T>)> snapshot_loader::expect(const attempt_ptr& now, std::function<void(T)> then) {
  return [this, now, generation = now->generation, then = std::move(then)](core::result<T> got) {
    if (now->generation != generation)
      return;
    if (!ports_.is_wanted(now->what))
      return try_next(now);
    if (!got)
      return fail(now, got.failure());
    if (ports_.now() > now->until)
      return fail(now, core::fail(core::error_code::deadline_exceeded, "It comes too slowly."));
    then(*std::move(got));
  };
}

void snapshot_loader::read(const attempt_ptr& now, shard::byte_range at, std::function<void(core::shared_bytes)> then) {
  now->source.read(at, expect<core::shared_bytes>(now, std::move(then)));
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
      [&gallery = gallery_, key = now->what.key, contents = now->contents] {
        gallery.begin_load(
            key.first, key.second,
            {.faces = contents->rows(core::reference_kind::face), .users = contents->rows(core::reference_kind::user)});
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
  while (now->generation == generation && now->asked < now->turns() && now->asked < now->put + window)
    ask(now, now->asked++);
}

// Where they lie on this node's disk, several blocks together: what is read of each is little.
void snapshot_loader::ask(const attempt_ptr& now, std::size_t turn) {
  const auto numbers = now->blocks_of(turn);
  std::shared_ptr<const shard::snapshot_contents> contents = now->contents;
  const auto& key = now->what.key;
  using blocks = std::vector<shard::reference_block>;
  if (now->source.map)
    return now->source.map(contents, numbers, expect<blocks>(now, [this, now, turn, key](blocks got) {
                             put_next(now, turn, [&gallery = gallery_, key, got = std::move(got)]() -> core::status {
                               for (const auto& block : got)
                                 ROLLCALL_CHECK(gallery.load(key.first, key.second, block));
                               return core::nothing{};
                             });
                           }));
  read(now, contents->block(numbers.front()),
       [this, now, turn, key, contents, number = numbers.front()](core::shared_bytes bytes) {
         put_next(now, turn, [&gallery = gallery_, key, contents, number, bytes = std::move(bytes)]() -> core::status {
           ROLLCALL_TRY(const auto block, contents->read(number, *bytes));
           return gallery.load(key.first, key.second, block);
         });
       });
}

void snapshot_loader::put_next(const attempt_ptr& now, std::size_t turn, std::function<core::status()> put) {
  now->ready.emplace(turn, std::move(put));
  put_next(now);
}

void snapshot_loader::put_next(const attempt_ptr& now) {
  const auto next = now->ready.find(now->put);
  if (now->is_putting || next == now->ready.end())
    return;
  now->is_putting = true;
  auto put = std::move(next->second);
  now->ready.erase(next);
  change(now, std::move(put), [this, now] {
    now->is_putting = false;
    for (const auto number : now->blocks_of(now->put++))
      progress_.rows += now->contents->rows_in(number);
    if (now->put == now->turns())
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
        leave(*now);
        std::exchange(now->then, {})(loaded_snapshot{now->source, now->what.key});
      });
}

} // namespace rollcall::actors
