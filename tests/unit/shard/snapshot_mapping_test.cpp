// References that lie in a snapshot's file: the answers are those of references in memory, whatever changes, and a file
// that is not what it was is never answered from.
#include "tests/unit/shard/mapping_fixture.hpp"

namespace rollcall::shard::testing {
namespace {

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
