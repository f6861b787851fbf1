#include "bench/search/restart.hpp"

#include "bench/figures.hpp"
#include "bench/search/machine.hpp"
#include "bench/search/our_gallery.hpp"
#include "shard/coded_index.hpp"
#include "shard/snapshot/snapshot_mapping.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <deque>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace rollcall::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t faces_a_partition = 2'500'000; // ten million in four, as a collection has by default
constexpr std::size_t blocks_at_once = 16;           // as actors::snapshot_loader
constexpr std::size_t readers = 2;                   // as actors::shard_snapshots
constexpr std::size_t probes = 512;                  // of each kind and partition
constexpr std::size_t timed = 100;                   // probes after each start
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

/// Snapshots of all partitions, each of other persons.
struct written_faces {
  std::uint32_t partitions = 0;
  std::uint64_t bytes = 0;
  std::vector<float> probes;        ///< in turns of an enrolled person and of a stranger
  std::vector<std::uint64_t> mates; ///< numbers of the enrolled persons' faces

  [[nodiscard]] std::span<const float> probe(std::size_t at) const {
    return std::span{probes}.subspan(at * population::dimension, population::dimension);
  }
};

written_faces write_faces(shard::snapshot_directory& into, std::size_t n) {
  written_faces made;
  for (std::size_t first = 0; first < n; first += faces_a_partition, ++made.partitions) {
    const auto wanted = std::min(n - first, faces_a_partition);
    const auto all = population::make(wanted, probes, made.partitions);
    const our_gallery ours(all, first);
    const auto from = ours.held.read(our_gallery::collection(), 0);
    made.bytes += need(into.write(*from, identity(made.partitions), [](const auto&) {
                    return core::status{core::nothing{}};
                  })).bytes;
    made.probes.insert(made.probes.end(), all.probes.begin(), all.probes.end());
    for (std::size_t mate = 0; mate < probes; ++mate)
      made.mates.push_back(first + mate * (wanted / probes));
    std::printf("%zu faces are written\n", first + wanted);
    std::fflush(stdout);
  }
  return made;
}

/// As a SHARD does it: what is scanned is read and checked on some threads and put in on another, where it lies in the
/// file.
void load_partition(shard::gallery& into, const shard::snapshot_directory& from, std::uint32_t partition) {
  using blocks = std::vector<shard::reference_block>;
  const auto of = identity(partition);
  const auto file = need(from.open({of.collection, partition}));
  const auto contents = need(shard::read_contents(*file, of));
  const auto mapping = need(file->map());
  into.begin_load(of.collection, partition, {.faces = contents.rows(core::reference_kind::face)});
  auto left = contents.blocks();
  std::deque<std::future<blocks>> under_way;
  const auto read_on = [&] {
    std::vector<std::size_t> numbers;
    while (left > 0 && numbers.size() < blocks_at_once)
      numbers.push_back(--left);
    if (!numbers.empty())
      under_way.push_back(std::async(std::launch::async, [&, numbers = std::move(numbers)] {
        return need(shard::map_blocks(contents, numbers, mapping));
      }));
  };
  for (std::size_t reader = 0; reader < readers; ++reader)
    read_on();
  for (; !under_way.empty(); under_way.pop_front()) {
    const auto read = under_way.front().get();
    read_on();
    for (const auto& block : read)
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
  for (std::size_t probe = 0; probe < timed; ++probe) {
    const auto started = clock::now();
    if (find_nearest(in, faces.probe(probe), faces.partitions).size() != 10)
      throw std::runtime_error{"a search after the start found too few"};
    took.push_back(milliseconds_since(started));
  }
  return took;
}

constexpr std::size_t ten_million = 10'000'000;
constexpr double share_wanted = 0.998; // of the mates

/// Of the fewest lists that keep 0.998 of the mates; of the most where none do.
void report_lists(const boost::json::array& rows, boost::json::object& report) {
  const auto enough = std::find_if(rows.begin(), rows.end(),
                                   [](const auto& row) { return row.at("mates_kept").as_double() >= share_wanted; });
  const auto& chosen = enough == rows.end() ? rows.back() : *enough;
  report["lists_10m_p99_ms"] = chosen.at("p99_ms");
  report["lists_10m_recall"] = chosen.at("mates_kept");
}

/// What searches by lists take and find, on one core, by how many lists of each partition they look at.
void measure_lists(const written_faces& faces, shard::gallery& held, std::span<shard::coded_index* const> indexes,
                   boost::json::object& report) {
  constexpr float floor = 0.99F;
  for (auto* index : indexes)
    index->set_lists_looked_at(1);
  (void)find_nearest(held, faces.probe(0), faces.partitions, floor); // from now on there are to be lists
  const auto made = settle(held);
  std::printf("lists of all partitions were made in %.0f s\n", made);
  report["lists_build_s"] = made;
  const auto is_found = [&](std::size_t mate, float by) {
    return find_nearest(held, faces.probe(2 * mate), faces.partitions, by).front().id
           == our_gallery::id_of(faces.mates[mate]);
  };
  std::vector<std::size_t> found_exactly;
  for (std::size_t mate = 0; mate < faces.mates.size(); ++mate)
    if (is_found(mate, shard::proved_recall))
      found_exactly.push_back(mate);
  pin_to(1);
  boost::json::array rows;
  for (const std::size_t lists : {64, 128, 256, 512, 768, 1024}) {
    for (auto* index : indexes)
      index->set_lists_looked_at(lists);
    std::vector<double> took;
    std::size_t found = 0;
    for (const auto mate : found_exactly) {
      const auto begun = clock::now();
      found += is_found(mate, floor) ? 1 : 0;
      took.push_back(milliseconds_since(begun));
    }
    const auto p50 = median(took);
    std::sort(took.begin(), took.end());
    const auto p99 = took[took.size() * 99 / 100];
    const auto kept = static_cast<double>(found) / static_cast<double>(found_exactly.size());
    rows.push_back(boost::json::object{{"lists", lists}, {"p50_ms", p50}, {"p99_ms", p99}, {"mates_kept", kept}});
    std::printf(
        "%4zu lists of each partition: p50 %.2f ms, p99 %.2f ms, %.4f of the mates that the exact search finds\n",
        lists, p50, p99, kept);
    std::fflush(stdout);
  }
  if (report.at("n").to_number<std::size_t>() == ten_million)
    report_lists(rows, report);
  report["lists_rows"] = std::move(rows);
  std::printf("the exact search finds %.4f of the mates\n",
              static_cast<double>(found_exactly.size()) / static_cast<double>(faces.mates.size()));
}

/// A gallery, and what its start took.
struct started_gallery {
  std::unique_ptr<shard::gallery> held;
  std::vector<shard::coded_index*> indexes;
  double restart_s = 0;
  double first_ms = 0;
  double in_files_ms = 0;
  double settle_s = 0;
  double exact_ms = 0;
  double bytes = 0;
};

void start(started_gallery& into, const shard::snapshot_directory& from, const written_faces& faces) {
  into = {};
  const auto before = own_bytes();
  into.held = std::make_unique<shard::gallery>([&indexes = into.indexes](std::size_t dimension) {
    auto made = std::make_unique<shard::coded_index>(dimension, limits());
    indexes.push_back(made.get());
    return made;
  });
  const auto started = clock::now();
  for (std::uint32_t partition = 0; partition < faces.partitions; ++partition)
    load_partition(*into.held, from, partition);
  const auto loaded = milliseconds_since(started);
  const auto searches = search_all(*into.held, faces);
  into.restart_s = (loaded + searches.front()) / 1000;
  into.first_ms = searches.front();
  into.in_files_ms = median(searches);
  into.settle_s = settle(*into.held);
  into.exact_ms = median(search_all(*into.held, faces));
  into.bytes = static_cast<double>(own_bytes()) - static_cast<double>(before);
}

} // namespace

void measure_restart(std::size_t n, boost::json::object& report) {
  const scratch_directory scratch;
  std::filesystem::create_directories(scratch.at);
  auto directory = need(shard::snapshot_directory::make(scratch.at));
  const auto faces = write_faces(directory, n);
  started_gallery last;
  std::vector<started_gallery> starts; // what they took
  for (int round = 0; round < rounds; ++round) {
    start(last, directory, faces);
    starts.push_back(
        {{}, {}, last.restart_s, last.first_ms, last.in_files_ms, last.settle_s, last.exact_ms, last.bytes});
  }
  const auto typical = [&starts](double started_gallery::*figure) {
    std::vector<double> all;
    for (const auto& one : starts)
      all.push_back(one.*figure);
    return median(all);
  };
  const auto each = [n](double all) { return all / static_cast<double>(n); };
  const auto on_disk = each(static_cast<double>(faces.bytes));
  report["n"] = n;
  report["restart_s"] = typical(&started_gallery::restart_s);
  report["restart_first_search_ms"] = typical(&started_gallery::first_ms);
  report["snapshot_bytes_per_face"] = on_disk;
  report["ram_bytes_per_face"] = each(typical(&started_gallery::bytes));
  report["exact_in_files_p50_ms"] = typical(&started_gallery::in_files_ms);
  report["settle_s"] = typical(&started_gallery::settle_s);
  report["exact_p50_ms"] = typical(&started_gallery::exact_ms);
  if (n == ten_million)
    report["exact_10m_p50_ms"] = report["exact_p50_ms"];
  std::printf("%zu faces in %u partitions: searchable and the first answer given after %.2f s (the search itself %.1f "
              "ms);\nlater ones %.1f ms, and %.1f ms once the codes are in memory, which takes %.2f s; %.0f bytes of "
              "memory a face, and %.0f on disk\n",
              n, faces.partitions, typical(&started_gallery::restart_s), typical(&started_gallery::first_ms),
              typical(&started_gallery::in_files_ms), typical(&started_gallery::exact_ms),
              typical(&started_gallery::settle_s), each(typical(&started_gallery::bytes)), on_disk);
  std::fflush(stdout);
  measure_lists(faces, *last.held, last.indexes, report);
}

} // namespace rollcall::bench
