// Codes that are searched in a snapshot's file, until they are in memory: when they come there, and what is left where.
#include "tests/unit/shard/mapping_fixture.hpp"

namespace rollcall::shard::testing {
namespace {

class snapshot_settling_test : public snapshot_mapping_test {};

// Codes are searched where they lie in the file, until upkeep has brought them into memory: when nothing is loading.
TEST_F(snapshot_settling_test, codes_come_into_memory_when_nothing_loads) {
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
TEST_F(snapshot_settling_test, what_was_removed_is_not_left_in_the_mapping) {
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

/// Codes that take more than a huge page.
class wide_mapping_test : public snapshot_mapping_test {
protected:
  static constexpr std::size_t wide = 512;
  static constexpr std::size_t rows = 8'960; // whole blocks
  wide_mapping_test() : snapshot_mapping_test(wide) {}
};

TEST_F(wide_mapping_test, codes_come_into_memory_that_was_touched_without_the_lock) {
  fill(rows);
  write_file(held_);
  coded_index* index = nullptr;
  gallery other{[&](std::size_t of) {
    auto made = std::make_unique<coded_index>(of, in_files());
    index = made.get();
    return made;
  }};
  ASSERT_TRUE(load(other, of_, *open()));
  const auto bytes = index->room_to_settle();
  EXPECT_EQ(bytes, block_rows * wide / 2);
  auto room = make_touched_memory(bytes);
  const auto* const begin = room.get();
  EXPECT_TRUE(index->settle(std::move(room)));
  EXPECT_EQ(index->codes(rows - tile_rows).tiles, begin + (rows - tile_rows) * wide / 2);
  EXPECT_EQ(index->room_to_settle(), 0U);
  ASSERT_TRUE(load(other, of_, *open()));
  EXPECT_EQ(index->room_to_settle(), bytes);
  while (other.upkeep()) {
  }
  EXPECT_TRUE(index->is_settled());
  for (std::size_t row = 0; row < rows; row += tile_rows) {
    const auto run = index->codes(row);
    ASSERT_TRUE(std::equal(run.tiles, run.tiles + tile_bytes(wide),
                           mapped_at(read_contents(*open(), of_)->scanned((rows - 1 - row) / 256).offset).data()
                               + 256 * sizeof(core::uuid) + row % 256 / tile_rows * tile_bytes(wide)))
        << row;
  }
}

} // namespace
} // namespace rollcall::shard::testing
