#include "shard/snapshot/snapshot.hpp"

#include "tests/unit/shard/snapshot_fixture.hpp"

#include <bit>

namespace rollcall::shard::testing {
namespace {

using core::error_code;

class snapshot_test : public snapshot_fixture {
protected:
  // What is wrong, or OK.
  error_code code_of(core::byte_view file) const {
    const auto got = read(file, of_);
    return got ? error_code::internal : got.failure().code;
  }
  /// The header says so, and its digest agrees.
  static void forge(core::bytes& file, std::size_t at, std::uint32_t value) {
    std::memcpy(file.data() + at, &value, sizeof value);
    const auto digest = core::sha256(core::byte_view{file}.first(snapshot_header_bytes - 32));
    std::copy(digest.begin(), digest.end(), file.begin() + snapshot_header_bytes - 32);
  }
};

TEST_F(snapshot_test, what_is_read_is_what_was_written) {
  fill(3 * rows_per_block(dimension_) / 2, 7);
  const auto got = read(write(), of_);
  ASSERT_TRUE(got) << got.failure().message;
  EXPECT_EQ(got->seq, seq_);
  EXPECT_EQ(got->held, expected_);
}

TEST_F(snapshot_test, an_empty_partition_has_one_too) {
  fill(1);
  remove(reference_kind::face, expected_.begin()->first.second);
  const auto file = write();
  EXPECT_EQ(file.size(), snapshot_header_bytes);
  const auto got = read(file, of_);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->seq, 2U);
  EXPECT_TRUE(got->held.empty());
}

TEST_F(snapshot_test, blocks_suit_a_message_and_rows_lie_where_vectors_load_them) {
  for (const std::size_t dimension : {1U, 7U, 128U, 512U, 4'096U, 65'536U}) {
    const auto rows = rows_per_block(dimension);
    ASSERT_GE(rows, 1U);
    EXPECT_TRUE(rows < tile_rows || std::has_single_bit(rows)) << dimension;
    code_tiles codes{make_mixing_transform(dimension)};
    copied_references block;
    block.begin(reference_kind::face, dimension);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto face = random_.embedding(dimension);
      codes.put(row, face);
      block.add(random_.id(), face);
      if ((row + 1) % tile_rows == 0)
        block.add_codes(codes.run(row + 1 - tile_rows), tile_rows, 1);
    }
    snapshot_block entry;
    const auto bytes = encode_block(block.view(), entry);
    EXPECT_EQ(entry.rows, rows);
    EXPECT_LE(bytes.size(), most_block_bytes) << dimension;
    EXPECT_GE(bytes.size(), most_block_bytes / 4) << dimension;
    EXPECT_EQ(bytes.size() % 4'096, 0U) << dimension;
  }
}

TEST_F(snapshot_test, altered_anywhere_it_is_refused) {
  fill(1'500, 40);
  const auto whole = write();
  ASSERT_TRUE(read(whole, of_));
  std::mt19937_64 draw{5};
  for (int run = 0; run < 10'000; ++run) {
    auto file = whole;
    // Half of them where most of what matters is: in the header and the digests.
    const auto near_edge = draw() % 2 == 0;
    const auto from_edge = draw() % 300;
    const auto at = !near_edge ? draw() % file.size() : run % 4 < 2 ? from_edge : file.size() - 1 - from_edge;
    file[at] ^= static_cast<std::uint8_t>(1U << (draw() % 8));
    ASSERT_FALSE(read(file, of_)) << "a bit of byte " << at;
  }
}

TEST_F(snapshot_test, cut_or_grown_anywhere_it_is_refused) {
  fill(1'500, 40);
  const auto whole = write();
  std::mt19937_64 draw{6};
  for (int run = 0; run < 2'000; ++run) {
    const auto bytes = draw() % (run % 2 == 0 ? whole.size() : snapshot_header_bytes + 10);
    ASSERT_FALSE(read(core::byte_view{whole}.first(bytes), of_)) << bytes;
  }
  auto grown = whole;
  grown.push_back(0);
  EXPECT_EQ(code_of(grown), error_code::corrupt);
}

TEST_F(snapshot_test, another_partitions_or_clusters_is_refused) {
  fill(10);
  const auto file = write();
  for (const auto change : {0, 1, 2}) {
    auto other = of_;
    (change == 0 ? other.cluster : other.collection.id).value[5] ^= change < 2 ? 1 : 0;
    other.partition += change == 2 ? 1 : 0;
    const auto got = read(file, other);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.failure().code, error_code::conflict) << change;
  }
}

TEST_F(snapshot_test, a_newer_version_is_named) {
  fill(10);
  auto file = write();
  forge(file, 8, 4);
  EXPECT_EQ(code_of(file), error_code::unsupported);
}

// Headers that nobody wrote, but whose digest is right: no memory is taken for what they say.
TEST_F(snapshot_test, a_header_that_contradicts_itself_is_refused) {
  fill(10);
  const auto whole = write();
  constexpr std::size_t sections = 72;
  constexpr std::size_t entry = 88;
  for (const auto& [at, value] : {std::pair<std::size_t, std::uint32_t>{sections, 9},
                                  {sections, 0},
                                  {sections, 2},
                                  {entry, 2},
                                  {entry + 4, 0},
                                  {entry + 4, 4'000},
                                  {56, 0},
                                  {56, 0xFFFF'FFFF},
                                  {60, 1},
                                  {64, 0},
                                  {64, 0xFFFF'FFFF},
                                  {68, 0},
                                  {68, 2},
                                  {68, 65},
                                  {entry + 4, 0xFFFF'FFFF},
                                  {entry + 8, 1'000},
                                  {entry + 8, 0xFFFF'FFFF},
                                  {entry + 12, 0xFFFF'FFFF},
                                  {entry + 12, 1}}) {
    auto file = whole;
    forge(file, at, value);
    EXPECT_EQ(code_of(file), error_code::corrupt) << at << " " << value;
  }
  std::mt19937_64 draw{7};
  for (int run = 0; run < 5'000; ++run) {
    auto file = whole;
    forge(file, 12 + draw() % 240, static_cast<std::uint32_t>(draw() >> (draw() % 32)));
    const auto got = read(file, of_); // it may be taken where its sizes agree: the store does not know its digest
    EXPECT_TRUE(!got || got->held.size() <= file.size() / sizeof(float));
  }
}

} // namespace
} // namespace rollcall::shard::testing
