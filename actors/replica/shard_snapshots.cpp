#include "actors/replica/shard_snapshots.hpp"

#include "actors/peers/peer_codec.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::size_t reads_waiting = 64;
constexpr std::chrono::milliseconds peer_timeout{5'000}; // for one part of a megabyte

// What a start takes is mostly the checking of what it reads, by all processors that may be of use: one thread puts in
// what they have checked.
std::size_t readers() {
  return std::clamp(std::thread::hardware_concurrency(), 2U, 8U);
}

} // namespace

std::unique_ptr<shard_snapshots> shard_snapshots::make(shard::gallery& of, const snapshot_settings& settings,
                                                       core::metric_registry& registry) {
  if (settings.directory.empty())
    return nullptr;
  auto directory = shard::snapshot_directory::make(settings.directory);
  if (!directory) {
    core::log(core::log_level::failure, "snapshots", "this node keeps no snapshots",
              {{"error", directory.failure().message}});
    return nullptr;
  }
  return std::unique_ptr<shard_snapshots>(new shard_snapshots(of, *std::move(directory), settings, registry));
}

shard_snapshots::shard_snapshots(shard::gallery& of, shard::snapshot_directory directory, snapshot_settings settings,
                                 core::metric_registry& registry)
    : settings_(std::move(settings)),
      metrics_(registry),
      keeper_(of, std::move(directory), settings_, metrics_),
      files_(readers(), reads_waiting) {}

template <class T>
void shard_snapshots::run(const runner& by, std::function<core::result<T>()> work,
                          std::function<void(core::result<T>)> then) {
  auto outcome = std::make_shared<core::result<T>>(core::error{});
  by.run(
      files_,
      [outcome, work = std::move(work)] {
        *outcome = work();
        return core::status{core::nothing{}};
      },
      [outcome, then = std::move(then)](core::status done) {
        then(done ? std::move(*outcome) : core::result<T>{std::move(done).failure()});
      });
}

snapshot_source shard_snapshots::own_source(const partition_key& of, const runner& by) {
  struct opened {
    std::shared_ptr<const shard::snapshot_file> file;
    std::shared_ptr<const shard::file_mapping> mapping;
  };
  auto held = std::make_shared<opened>();
  return {{},
          [this, of, by, held](std::function<void(core::result<std::uint64_t>)> then) {
            run<opened>(
                by,
                [this, of]() -> core::result<opened> {
                  ROLLCALL_TRY(auto file, keeper_.directory().open(of));
                  ROLLCALL_TRY(auto mapping, file->map());
                  return opened{std::move(file), std::move(mapping)};
                },
                [held, then = std::move(then)](core::result<opened> done) {
                  if (!done)
                    return then(std::move(done).failure());
                  *held = *std::move(done);
                  then(held->file->bytes());
                });
          },
          [this, by, held](shard::byte_range at, std::function<void(core::result<core::shared_bytes>)> then) {
            run<core::shared_bytes>(
                by, [from = held->file, at] { return from->read(at); }, std::move(then));
          },
          [this, by, held](std::shared_ptr<const shard::snapshot_contents> contents, std::vector<std::size_t> numbers,
                           std::function<void(core::result<std::vector<shard::reference_block>>)> then) {
            run<std::vector<shard::reference_block>>(
                by,
                [in = held->mapping, contents = std::move(contents), numbers = std::move(numbers)] {
                  return shard::map_blocks(*contents, numbers, in);
                },
                std::move(then));
          }};
}

// The reply comes on the peers' thread.
void shard_snapshots::ask(const std::string& node, const char* method, core::shared_bytes body, const runner& by,
                          std::function<void(core::result<core::shared_bytes>)> then) {
  using reply = core::result<core::shared_bytes>;
  auto got = std::make_shared<reply>(core::error{});
  auto back = by.expect([got, then = std::move(then)](const core::status&) { then(std::move(*got)); });
  settings_.ask(node, method, std::move(body), core::deadline::in(peer_timeout),
                [got, back = std::move(back)](reply answer) {
                  *got = std::move(answer);
                  back(core::nothing{});
                });
}

snapshot_source shard_snapshots::source_at(const std::string& node, const partition_key& of, const runner& by) {
  auto ticket = std::make_shared<std::uint64_t>(0);
  return {node,
          [this, node, of, by, ticket](std::function<void(core::result<std::uint64_t>)> then) {
            ask(node, method::snapshot_open, encode(snapshot_open_request{of}), by,
                [ticket, then = std::move(then)](core::result<core::shared_bytes> reply) {
                  if (!reply)
                    return then(std::move(reply).failure());
                  const auto opened = decode_snapshot_opened(**reply);
                  if (!opened)
                    return then(opened.failure());
                  *ticket = opened->ticket;
                  then(opened->bytes);
                });
          },
          [this, node, by, ticket](shard::byte_range at, std::function<void(core::result<core::shared_bytes>)> then) {
            const snapshot_read_request part{*ticket, at.offset, static_cast<std::uint32_t>(at.bytes)};
            ask(node, method::snapshot_read, encode(part), by, std::move(then));
          },
          {},
          [this, node, by, ticket] {
            if (*ticket != 0) // else it never opened; where this is lost, the ticket ends by itself
              ask(node, method::snapshot_read, encode(snapshot_read_request{*ticket, 0, 0}), by, [](const auto&) {});
          }};
}

void shard_snapshots::open(const runner& by, const snapshot_open_request& request,
                           std::function<void(core::result<snapshot_opened>)> then) {
  const auto work = [this, key = request.key]() -> core::result<snapshot_opened> {
    ROLLCALL_TRY(const auto file, keeper_.directory().open(key));
    ROLLCALL_TRY(const auto ticket, shelf_.add(file, std::chrono::steady_clock::now()));
    return snapshot_opened{ticket, file->bytes()};
  };
  run<snapshot_opened>(by, work, std::move(then));
}

void shard_snapshots::read(const runner& by, const snapshot_read_request& request,
                           std::function<void(core::result<snapshot_part>)> then) {
  const auto work = [this, request]() -> core::result<snapshot_part> {
    if (request.bytes > shard::most_block_bytes)
      return core::fail(core::error_code::invalid_argument, "A part of a snapshot has at most one megabyte.");
    if (request.bytes == 0) {
      shelf_.close(request.ticket);
      return snapshot_part{std::make_shared<const core::bytes>()};
    }
    const auto file = shelf_.find(request.ticket, std::chrono::steady_clock::now());
    if (!file)
      return core::fail(core::error_code::not_found, "The snapshot is not open any more.");
    ROLLCALL_TRY(auto bytes, file->read({request.offset, request.bytes}));
    return snapshot_part{std::move(bytes)};
  };
  run<snapshot_part>(by, work, std::move(then));
}

snapshot_ports shard_snapshots::ports(const runner& by) {
  snapshot_ports made;
  made.cluster = settings_.cluster;
  made.sources = [this, by](const partition_key& of) {
    std::vector<snapshot_source> sources;
    if (!keeper_.is_discarded(of))
      sources.push_back(own_source(of, by));
    if (settings_.peers)
      for (const auto& node : settings_.peers(of))
        sources.push_back(source_at(node, of, by));
    return sources;
  };
  made.is_known = [this, by](const partition_key& of, const core::sha256_digest& digest,
                             std::function<void(core::result<bool>)> then) {
    run<bool>(
        by, [this, of, digest] { return settings_.is_known(of, digest); }, std::move(then));
  };
  made.loaded = [this](const snapshot_source& from, const partition_key& of, std::uint64_t seq) {
    if (from.name.empty())
      keeper_.note_loaded(of, seq);
  };
  made.refused = [this](const snapshot_source& from, const partition_key& of, const core::error& why) {
    metrics_.refused.add();
    if (from.name.empty() && (!core::is_retryable(why.code) || why.code == core::error_code::gap))
      keeper_.discard(of); // it will not be of more use the next time
  };
  made.held = [this](std::set<partition_key> held) { keeper_.hold(std::move(held)); };
  return made;
}

} // namespace rollcall::actors
