#include "bench/search/restart.hpp"

#include "bench/figures.hpp"
#include "bench/search/our_gallery.hpp"
#include "shard/coded_index.hpp"
#include "shard/snapshot_mapping.hpp"

#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace rollcall::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t faces_a_partition = 250'000;
constexpr int rounds = 5;

/// Removed with what is in it.
struct scratch_directory {
  std::filesystem::path at = std::filesystem::path{"build/bench"} / ("search-restart-" + std::to_string(::getpid()));
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(at, ignored);
  }
};

template <class Value>
Value need(core::result<Value> from) {
  if (!from)
    throw std::runtime_error{from.failure().message};
  return *std::move(from);
}

void need_done(const core::status& done) {
  if (!done)
    throw std::runtime_error{done.failure().message};
}

shard::snapshot_identity identity(std::uint32_t partition) {
  return {core::uuid{}, our_gallery::collection(), partition};
}

std::uint64_t write_partition(shard::snapshot_directory& into, const population& all, std::uint32_t partition,
                              std::size_t first, std::size_t count) {
  population part;
  const auto begin = all.references.begin() + static_cast<std::ptrdiff_t>(first * population::dimension);
  part.references.assign(begin, begin + static_cast<std::ptrdiff_t>(count * population::dimension));
  const our_gallery ours(part);
  const auto from = ours.held.read(our_gallery::collection(), 0);
  return need(into.write(*from, identity(partition), [](const auto&) { return core::status{core::nothing{}}; })).bytes;
}

/// As a SHARD does it: what is scanned is read, what is compared is mapped.
void load_partition(shard::gallery& into, const shard::snapshot_directory& from, std::uint32_t partition) {
  const auto of = identity(partition);
  into.begin_load(of.collection, partition);
  const auto file = need(from.open({of.collection, partition}));
  const auto contents = need(shard::read_contents(*file, of));
  const auto mapping = need(file->map());
  for (std::size_t number = 0; number < contents.blocks(); ++number) {
    const auto scanned = need(file->read(contents.scanned(number)));
    need_done(into.load(of.collection, partition, need(contents.map(number, *scanned, mapping))));
  }
  into.load_from(of.collection, partition, contents.seq());
}

} // namespace

void measure_restart(population all, boost::json::object& report) {
  const scratch_directory scratch;
  std::filesystem::create_directories(scratch.at);
  auto directory = need(shard::snapshot_directory::make(scratch.at));
  const auto n = all.size();
  std::uint32_t partitions = 0;
  std::uint64_t bytes = 0;
  for (std::size_t first = 0; first < n; first += faces_a_partition)
    bytes += write_partition(directory, all, partitions++, first, std::min(faces_a_partition, n - first));
  std::vector<float>{}.swap(all.references);

  std::vector<double> seconds;
  std::vector<double> first_search_ms;
  for (int round = 0; round < rounds; ++round) {
    shard::gallery held(shard::coded_indexes({.stays_in_files = true}));
    const auto started = clock::now();
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
      load_partition(held, directory, partition);
    const auto loaded = clock::now();
    if (find_nearest(held, all.probe(0, 1), partitions).size() != 10)
      throw std::runtime_error{"a search after the start found too few"};
    first_search_ms.push_back(milliseconds_since(loaded));
    seconds.push_back(milliseconds_since(started) / 1000);
  }
  report["n"] = n;
  report["restart_s"] = median(seconds);
  report["restart_first_search_ms"] = median(first_search_ms);
  report["snapshot_bytes_per_face"] = static_cast<double>(bytes) / static_cast<double>(n);
  std::printf(
      "%zu faces in %u partitions: searchable and the first answer given after %.2f s (the search itself %.1f ms); "
      "%.0f bytes a face on disk\n",
      n, partitions, median(seconds), median(first_search_ms), static_cast<double>(bytes) / static_cast<double>(n));
}

} // namespace rollcall::bench
