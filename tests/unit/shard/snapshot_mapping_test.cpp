// References that lie in a snapshot's file: the answers are those of references in memory, whatever changes, and a file
// that is not what it was is never answered from.
#include "shard/snapshot_mapping.hpp"

#include "tests/support/process.hpp"
#include "tests/unit/shard/snapshot_fixture.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace rollcall::shard::testing {
namespace {

constexpr std::size_t dimension = 32;
constexpr std::size_t block_of_32 = 4'096; // rows

coded_index_limits in_files() {
  coded_index_limits made;
  made.stays_in_files = true;
  return made;
}

/// A disk during whose writing something happens.
class disturbed_disk final : public disk {
public:
  std::function<void()> between = [] {};

  core::result<std::unique_ptr<output_file>> create(const std::filesystem::path& at) override {
    ROLLCALL_TRY(auto made, local_disk().create(at));
    return std::unique_ptr<output_file>(std::make_unique<handle>(*this, std::move(made)));
  }
  core::status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return local_disk().rename(from, to);
  }
  core::status remove(const std::filesystem::path& at) override { return local_disk().remove(at); }
  core::status sync_directory(const std::filesystem::path& at) override { return local_disk().sync_directory(at); }

private:
  struct handle final : output_file {
    handle(disturbed_disk& disk, std::unique_ptr<output_file> file) : owner(disk), real(std::move(file)) {}
    core::status write_at(std::uint64_t offset, core::byte_view bytes) override {
      auto done = real->write_at(offset, bytes);
      owner.between();
      return done;
    }
    core::status sync() override { return real->sync(); }
    disturbed_disk& owner;
    std::unique_ptr<output_file> real;
  };
};

class snapshot_mapping_test : public snapshot_fixture {
protected:
  snapshot_mapping_test() : snapshot_fixture(dimension) { EXPECT_EQ(rows_per_block(dimension), block_of_32); }

  written_snapshot write_file(gallery& from) {
    auto written =
        directory_->write(*from.read(of_.collection, of_.partition), of_, [](const auto&) { return core::nothing{}; });
    EXPECT_TRUE(written);
    return *std::move(written);
  }
  [[nodiscard]] std::shared_ptr<const snapshot_file> open() const {
    auto file = directory_->open({of_.collection, of_.partition});
    EXPECT_TRUE(file);
    return *std::move(file);
  }
  // As a node does it.
  static core::status load(gallery& into, const snapshot_identity& of, const snapshot_file& file) {
    ROLLCALL_TRY(const auto contents, read_contents(file, of));
    ROLLCALL_TRY(const auto mapping, file.map());
    into.begin_load(of.collection, of.partition);
    for (auto number = contents.blocks(); number-- > 0;) {
      ROLLCALL_TRY(const auto mapped, map_blocks(contents, {&number, 1}, mapping));
      ROLLCALL_CHECK(into.load(of.collection, of.partition, mapped.front()));
    }
    into.load_from(of.collection, of.partition, contents.seq());
    return core::nothing{};
  }
  [[nodiscard]] core::result<search_answer> search(const gallery& in, std::span<const float> probe,
                                                   std::vector<std::uint32_t> partitions) const {
    return in.search({.request = {},
                      .collection = of_.collection,
                      .kind = reference_kind::face,
                      .partitions = std::move(partitions),
                      .probes = {probe.begin(), probe.end()},
                      .dimension = dimension,
                      .k = 12,
                      .lowest_cosine = -2,
                      .recall_floor = proved_recall,
                      .until = core::deadline::in(std::chrono::minutes{1})});
  }
  void expect_same_answers(const gallery& a, const gallery& b) {
    for (int p = 0; p < 20; ++p) {
      const auto probe = random_.embedding(dimension);
      const auto one = search(a, probe, {of_.partition});
      const auto other = search(b, probe, {of_.partition});
      ASSERT_TRUE(one && other);
      ASSERT_EQ(one->rows, other->rows);
      ASSERT_TRUE(other->partitions.at(0).has_answered);
      ASSERT_EQ(other->partitions.at(0).exact, exactness::proved);
    }
  }
  // The same to both.
  void change(gallery& other, std::size_t changes) {
    for (std::size_t i = 0; i < changes; ++i) {
      const auto what = random_.below(3);
      auto id = random_.id();
      if (what > 0)
        id = std::next(expected_.begin(), static_cast<std::ptrdiff_t>(random_.below(expected_.size())))->first.second;
      if (what == 2)
        remove(reference_kind::face, id);
      else
        put(reference_kind::face, id);
      const auto now = expected_.find({reference_kind::face, id});
      ASSERT_TRUE(other.apply(
          {of_.collection,
           of_.partition,
           {{seq_, reference_kind::face, id, now == expected_.end() ? std::vector<float>{} : now->second}}}));
    }
  }
  // As it was put first.
  [[nodiscard]] std::vector<float> held_row(std::size_t row) const {
    copied_references copied;
    reader()->copy(reference_kind::face, row + 1, 1, copied);
    const auto values = copied.view().row(0);
    return {values.begin(), values.end()};
  }
  static void damage(const std::filesystem::path& file, std::uint64_t at) {
    const int descriptor = ::open(file.c_str(), O_RDWR);
    std::uint8_t byte = 0;
    ASSERT_EQ(::pread(descriptor, &byte, 1, static_cast<off_t>(at)), 1);
    byte ^= 1;
    ASSERT_EQ(::pwrite(descriptor, &byte, 1, static_cast<off_t>(at)), 1);
    ::close(descriptor);
  }
  static void overwrite(const std::filesystem::path& file, std::uint64_t at, std::size_t bytes) {
    std::fstream into{file, std::ios::in | std::ios::out | std::ios::binary};
    into.seekp(static_cast<std::streamoff>(at));
    into << std::string(bytes, '\x55') << std::flush;
    ASSERT_TRUE(into);
  }
  /// The file as it is mapped first, from `offset` on.
  [[nodiscard]] core::byte_view mapped_at(std::uint64_t offset) const {
    std::ifstream maps{"/proc/self/maps"};
    for (std::string line; std::getline(maps, line);)
      if (line.find(".snapshot") != std::string::npos) {
        const auto dash = line.find('-');
        const auto begin = std::stoull(line, nullptr, 16);
        const auto end = std::stoull(line.substr(dash + 1), nullptr, 16);
        // NOLINTNEXTLINE(performance-no-int-to-ptr): where the system says that it lies
        return core::byte_view{reinterpret_cast<const std::uint8_t*>(begin), end - begin}.subspan(offset);
      }
    ADD_FAILURE() << "nothing is mapped";
    return {};
  }
  [[nodiscard]] bool is_in_mapping(std::span<const float> values) const {
    const auto all = mapped_at(0);
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(values.data());
    return std::search(all.begin(), all.end(), begin, begin + values.size_bytes()) != all.end();
  }
  [[nodiscard]] std::filesystem::path path() const { return std::filesystem::directory_iterator(at_.path())->path(); }

  test::temp_dir at_;
  disturbed_disk disk_;
  core::result<snapshot_directory> directory_ = snapshot_directory::make(at_.path(), disk_);
  gallery other_{coded_indexes(in_files())};
};

TEST_F(snapshot_mapping_test, answers_are_those_of_memory_whatever_changes) {
  fill(3 * block_of_32 + 100);
  write_file(held_);
  ASSERT_TRUE(load(other_, of_, *open()));
  EXPECT_EQ(mapped_files(), (std::pair{1, 0}));
  EXPECT_LT(other_.size().memory.total() * 2, held_.size().memory.total());
  expect_same_answers(held_, other_);
  for (int round = 0; round < 8; ++round) {
    change(other_, 300);
    expect_same_answers(held_, other_);
  }
  while (expected_.size() > 50) { // down to the first chunk, and up again
    const auto id = expected_.begin()->first.second;
    remove(reference_kind::face, id);
    ASSERT_TRUE(other_.apply({of_.collection, of_.partition, {{seq_, reference_kind::face, id, {}}}}));
  }
  expect_same_answers(held_, other_);
  change(other_, 1'000);
  expect_same_answers(held_, other_);
  EXPECT_FALSE(other_.upkeep());
  other_.drop(of_.collection);
  EXPECT_EQ(mapped_files(), (std::pair{0, 0}));
}

TEST_F(snapshot_mapping_test, upkeep_brings_into_memory_what_may_not_stay_in_files) {
  fill(2 * block_of_32 + 100);
  write_file(held_);
  gallery other{coded_indexes()};
  ASSERT_TRUE(load(other, of_, *open()));
  change(other, 100);
  EXPECT_EQ(mapped_files(), (std::pair{1, 0}));
  while (other.upkeep())
    expect_same_answers(held_, other);
  EXPECT_EQ(mapped_files(), (std::pair{0, 0}));
  expect_same_answers(held_, other);
  EXPECT_NEAR(static_cast<double>(other.size().memory.total()), static_cast<double>(held_.size().memory.total()),
              .1 * static_cast<double>(held_.size().memory.total()));
}

// Each byte of what is compared: it is found when a search comes to it, and then the partition does not answer.
TEST_F(snapshot_mapping_test, an_altered_file_is_never_answered_from) {
  fill(block_of_32 + 100);
  write_file(held_);
  auto alone = of_;
  alone.partition += 1;
  ASSERT_TRUE(other_.apply(
      {of_.collection, alone.partition, {{1, reference_kind::face, random_.id(), random_.embedding(dimension)}}}));
  const auto compared = read_contents(*open(), of_)->scanned(1);
  std::size_t found = 0;
  constexpr std::size_t runs = 60;
  for (std::size_t run = 0; run < runs; ++run) {
    ASSERT_TRUE(load(other_, of_, *open()));
    // Block 1 holds the rows from 0 on, one after the other.
    const auto row = random_.below(block_of_32);
    const auto into_row = compared.offset + compared.bytes + row * dimension * sizeof(float);
    damage(path(), into_row + random_.below(dimension * sizeof(float)));
    const auto probe = held_row(row);
    const auto got = search(other_, probe, {of_.partition, alone.partition});
    ASSERT_TRUE(got);
    EXPECT_FALSE(got->partitions.at(0).has_answered);
    EXPECT_TRUE(got->partitions.at(1).has_answered);
    EXPECT_EQ(got->rows.at(0).size(), 1U);
    EXPECT_EQ(other_.damaged(),
              (std::vector<std::pair<core::collection_key, std::uint32_t>>{{of_.collection, of_.partition}}));
    // Nor is it written anew.
    EXPECT_FALSE(directory_->write(*other_.read(of_.collection, of_.partition), of_,
                                   [](const auto&) { return core::nothing{}; }));
    write_file(held_);
    ++found;
  }
  EXPECT_EQ(found, runs);
}

// What a scan reads, each byte of it.
TEST_F(snapshot_mapping_test, what_is_scanned_is_checked_at_the_start) {
  fill(block_of_32 + 100);
  write_file(held_);
  const auto contents = *read_contents(*open(), of_);
  for (std::size_t run = 0; run < 60; ++run) {
    const auto scanned = contents.scanned(random_.below(2));
    const auto at = scanned.offset + random_.below(scanned.bytes);
    damage(path(), at);
    const auto loaded = load(other_, of_, *open());
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.failure().code, core::error_code::corrupt);
    damage(path(), at); // as it was
  }
  EXPECT_TRUE(load(other_, of_, *open()));
}

TEST_F(snapshot_mapping_test, a_file_that_is_cut_is_refused) {
  fill(block_of_32 + 100);
  write_file(held_);
  const auto file = open();
  const auto contents = *read_contents(*file, of_);
  const auto mapping = *file->map();
  const std::size_t number = 1;
  ASSERT_EQ(::truncate(path().c_str(), static_cast<off_t>(contents.scanned(number).offset)), 0);
  const auto mapped = map_blocks(contents, {&number, 1}, mapping);
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.failure().code, core::error_code::corrupt);
}

// Codes are searched where they lie in the file, until upkeep has brought them into memory: when nothing is loading.
TEST_F(snapshot_mapping_test, codes_come_into_memory_when_nothing_loads) {
  fill(3 * block_of_32);
  write_file(held_);
  ASSERT_TRUE(load(other_, of_, *open()));
  const auto coarse = [&] { return other_.size().memory.coarse_codes; };
  const auto lent = coarse();
  EXPECT_LT(lent * 4, held_.size().memory.coarse_codes);
  other_.begin_load(of_.collection, of_.partition + 1);
  EXPECT_FALSE(other_.upkeep());
  expect_same_answers(held_, other_);
  EXPECT_EQ(coarse(), lent);
  other_.load_from(of_.collection, of_.partition + 1, 1);
  while (other_.upkeep()) {
    change(other_, 20);
    expect_same_answers(held_, other_);
  }
  EXPECT_GT(coarse() * 2, held_.size().memory.coarse_codes);
  for (const std::size_t number : {0, 1, 2}) // what happens to them in the file is nothing to the answers
    overwrite(path(), read_contents(*open(), of_)->scanned(number).offset, block_of_32 * (sizeof(core::uuid) + 16));
  expect_same_answers(held_, other_);
}

// Its codes and its vector are zeros, or another's, wherever they lay in memory; the file stays as its digests say.
TEST_F(snapshot_mapping_test, what_was_removed_is_not_left_in_the_mapping) {
  fill(2 * block_of_32);
  write_file(held_);
  ASSERT_TRUE(load(other_, of_, *open()));
  for (const std::size_t row : {std::size_t{5}, 2 * block_of_32 - 2, 2 * block_of_32 - 3}) {
    const auto values = held_row(row);
    ASSERT_TRUE(is_in_mapping(values));
    const auto id = std::find_if(expected_.begin(), expected_.end(), [&](const auto& one) {
                      return one.second == values;
                    })->first.second;
    remove(reference_kind::face, id);
    ASSERT_TRUE(other_.apply({of_.collection, of_.partition, {{seq_, reference_kind::face, id, {}}}}));
    EXPECT_FALSE(is_in_mapping(values));
  }
  // Three rows have gone from the end of block 0.
  const auto contents = *read_contents(*open(), of_);
  const auto to = 32; // coordinates
  const auto scanned = mapped_at(contents.scanned(0).offset);
  const auto last_tile = scanned.subspan(block_of_32 * (sizeof(core::uuid) + to / 2) - tile_bytes(to), tile_bytes(to));
  const auto fine = mapped_at(contents.scanned(0).offset + contents.scanned(0).bytes)
                        .subspan(block_of_32 * dimension * sizeof(float) + (block_of_32 - 3) * to, std::size_t{3} * to);
  for (std::size_t group = 0; group < last_tile.size(); group += group_bytes)
    for (std::size_t byte = 0; byte < group_bytes; ++byte)
      ASSERT_TRUE(byte < std::size_t{61} * 4 || last_tile[group + byte] == 0) << group << ' ' << byte;
  EXPECT_TRUE(std::all_of(fine.begin(), fine.end(), [](auto byte) { return byte == 0; }));
  gallery third{coded_indexes(in_files())};
  ASSERT_TRUE(load(third, of_, *open()));
  EXPECT_EQ(third.size().references, 2 * block_of_32);
}

TEST_F(snapshot_mapping_test, altered_fine_codes_are_never_believed) {
  fill(block_of_32 + 100);
  write_file(held_);
  ASSERT_TRUE(load(other_, of_, *open()));
  const auto compared = read_contents(*open(), of_)->scanned(1);
  for (std::size_t row = 0; row < block_of_32; row += fine_group_rows)
    damage(path(), compared.offset + compared.bytes + block_of_32 * dimension * sizeof(float) + row * dimension);
  const auto got = search(other_, random_.embedding(dimension), {of_.partition});
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->partitions.at(0).has_answered);
  EXPECT_TRUE(got->rows.at(0).empty());
  // Nor is one that is changed beside them.
  ASSERT_TRUE(load(other_, of_, *open()));
  change(other_, 10);
  EXPECT_EQ(other_.damaged().size(), 1U);
}

// What was removed is in no file that is mapped, and what changed while it was written is as it should be.
TEST_F(snapshot_mapping_test, a_new_snapshot_takes_the_place_of_the_old_one) {
  fill(4 * block_of_32);
  write_file(held_);
  ASSERT_TRUE(load(other_, of_, *open()));
  for (int round = 0; round < 5; ++round) {
    change(other_, 500);
    EXPECT_EQ(mapped_files(), (std::pair{1, 0}));
    disk_.between = [&] { change(other_, 3); };
    const auto written = write_file(other_);
    disk_.between = [] {};
    EXPECT_EQ(mapped_files(), (std::pair{0, 1}));
    change(other_, 5);
    const auto moved = move_to_snapshot(other_, of_, written, *open());
    ASSERT_TRUE(moved) << moved.failure().message;
    EXPECT_EQ(mapped_files(), (std::pair{1, 0}));
    expect_same_answers(held_, other_);
    EXPECT_LT(other_.size().memory.total() * 3, held_.size().memory.total() * 2);
    // And it can be loaded again, doubles and all.
    gallery third{coded_indexes(in_files())};
    ASSERT_TRUE(load(third, of_, *open()));
    EXPECT_LT(third.size().memory.total() * 3, held_.size().memory.total() * 2);
  }
}

TEST_F(snapshot_mapping_test, what_was_loaded_anew_is_not_moved) {
  fill(block_of_32);
  write_file(held_);
  ASSERT_TRUE(load(other_, of_, *open()));
  const auto written = write_file(other_);
  ASSERT_TRUE(load(other_, of_, *open()));
  const auto moved = move_to_snapshot(other_, of_, written, *open());
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.failure().code, core::error_code::conflict);
  expect_same_answers(held_, other_);
}

} // namespace
} // namespace rollcall::shard::testing
