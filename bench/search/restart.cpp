#include "bench/search/restart.hpp"

#include "bench/figures.hpp"
#include "bench/search/machine.hpp"
#include "bench/search/our_gallery.hpp"
#include "shard/coded_index.hpp"
#include "shard/snapshot_mapping.hpp"

#include <filesystem>
#include <future>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace rollcall::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t faces_a_partition = 1'250'000;
constexpr std::size_t blocks_at_once = 16;
constexpr std::size_t probes = 50; // of each kind
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

/// Snapshots of all partitions.
struct written_faces {
  std::uint32_t partitions = 0;
  std::uint64_t bytes = 0;
  std::vector<float> probes;
};

written_faces write_faces(shard::snapshot_directory& into, std::size_t n) {
  written_faces made;
  std::size_t built = 0;
  std::unique_ptr<our_gallery> ours;
  for (std::size_t left = n; left > 0; left -= built, ++made.partitions) {
    if (const auto wanted = std::min(left, faces_a_partition); !ours || wanted != built) {
      ours.reset();
      const auto all = population::make(wanted, std::min(probes, wanted));
      ours = std::make_unique<our_gallery>(all);
      made.probes = all.probes;
      built = wanted;
    }
    const auto from = ours->held.read(our_gallery::collection(), 0);
    made.bytes += need(into.write(*from, identity(made.partitions), [](const auto&) {
                    return core::status{core::nothing{}};
                  })).bytes;
  }
  return made;
}

/// As a SHARD does it: what is scanned is read and checked on one thread and put in on another, what is compared is
/// mapped.
void load_partition(shard::gallery& into, const shard::snapshot_directory& from, std::uint32_t partition) {
  const auto of = identity(partition);
  into.begin_load(of.collection, partition);
  const auto file = need(from.open({of.collection, partition}));
  const auto contents = need(shard::read_contents(*file, of));
  const auto mapping = need(file->map());
  auto left = contents.blocks();
  const auto read_on = [&] {
    std::vector<std::size_t> numbers;
    while (left > 0 && numbers.size() < blocks_at_once)
      numbers.push_back(--left);
    return std::async(std::launch::async, [&, numbers = std::move(numbers)] {
      return need(shard::map_blocks(*file, contents, numbers, mapping));
    });
  };
  for (auto next = read_on(); next.valid();) {
    const auto read = next.get();
    if (left > 0)
      next = read_on();
    for (const auto& block : read.blocks)
      need_done(into.load(of.collection, partition, block));
  }
  into.load_from(of.collection, partition, contents.seq());
}

shard::coded_index_limits limits() {
  const auto threads = std::max(1U, std::thread::hardware_concurrency());
  return {.stays_in_files = true,
          .helpers = threads > 1 ? std::make_shared<shard::search_helpers>(threads - 1) : nullptr};
}

/// Milliseconds of each search, one after the other.
std::vector<double> search_all(const shard::gallery& in, const written_faces& faces) {
  std::vector<double> took;
  for (std::size_t at = 0; at + population::dimension <= faces.probes.size(); at += population::dimension) {
    const auto started = clock::now();
    if (find_nearest(in, std::span{faces.probes}.subspan(at, population::dimension), faces.partitions).size() != 10)
      throw std::runtime_error{"a search after the start found too few"};
    took.push_back(milliseconds_since(started));
  }
  return took;
}

} // namespace

void measure_restart(std::size_t n, boost::json::object& report) {
  const scratch_directory scratch;
  std::filesystem::create_directories(scratch.at);
  auto directory = need(shard::snapshot_directory::make(scratch.at));
  const auto faces = write_faces(directory, n);
  std::vector<double> seconds;
  std::vector<double> first_ms;
  std::vector<double> searches_ms;
  double bytes = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto before = own_bytes();
    shard::gallery held(shard::coded_indexes(limits()));
    const auto started = clock::now();
    for (std::uint32_t partition = 0; partition < faces.partitions; ++partition)
      load_partition(held, directory, partition);
    const auto loaded = milliseconds_since(started);
    searches_ms = search_all(held, faces);
    seconds.push_back((loaded + searches_ms.front()) / 1000);
    first_ms.push_back(searches_ms.front());
    bytes = std::max(bytes, static_cast<double>(own_bytes()) - static_cast<double>(before));
  }
  searches_ms.erase(searches_ms.begin(), searches_ms.begin() + static_cast<std::ptrdiff_t>(searches_ms.size() / 2));
  const auto each = [n](double all) { return all / static_cast<double>(n); };
  report["n"] = n;
  report["restart_s"] = median(seconds);
  report["restart_first_search_ms"] = median(first_ms);
  report["snapshot_bytes_per_face"] = each(static_cast<double>(faces.bytes));
  report["ram_bytes_per_face"] = each(bytes);
  report["exact_p50_ms"] = median(searches_ms);
  std::printf("%zu faces in %u partitions: searchable and the first answer given after %.2f s (the search itself %.1f "
              "ms);\nlater ones %.1f ms; %.0f bytes of memory a face, and %.0f on disk\n",
              n, faces.partitions, median(seconds), median(first_ms), median(searches_ms), each(bytes),
              each(static_cast<double>(faces.bytes)));
}

} // namespace rollcall::bench
