#include "store/checks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace rollcall::store {

namespace {

// Computed with Python's hashlib from the text of decision record 0003: a change of these is a change of the format.
TEST(partition_of, is_fixed_for_ever) {
  struct known {
    const char* id;
    std::array<std::uint32_t, 5> parts; // of 1, 2, 8, 1024, 65536
  };
  for (const auto& [id, parts] : {known{"00000000-0000-0000-0000-000000000000", {0, 1, 7, 255, 2303}},
                                  known{"ffffffff-ffff-ffff-ffff-ffffffffffff", {0, 0, 4, 404, 42388}},
                                  known{"8b3fa1d2-5c70-4e9a-9c41-2f60d1a7b3e4", {0, 0, 2, 754, 7922}}}) {
    const auto parsed = core::parse_uuid(id);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(partition_of(*parsed, 1), parts[0]) << id;
    EXPECT_EQ(partition_of(*parsed, 2), parts[1]) << id;
    EXPECT_EQ(partition_of(*parsed, 8), parts[2]) << id;
    EXPECT_EQ(partition_of(*parsed, 1024), parts[3]) << id;
    EXPECT_EQ(partition_of(*parsed, 65536), parts[4]) << id;
  }
}

// What stands beside what, and that no number comes twice: 4 partitions, given up once, doubled to 8.
TEST(partition_shape, numbers_go_on) {
  const partition_shape made{{0, 4}, doubling_stage::none, 4};
  EXPECT_EQ(made.beside(), std::nullopt);
  const auto building = shape_after(made, doubling_step::begin);
  EXPECT_EQ(building.numbered(), (partition_range{0, 4}));
  EXPECT_EQ(building.beside(), (partition_range{4, 8}));
  const auto given_up = shape_after(building, doubling_step::give_up);
  EXPECT_EQ(given_up, (partition_shape{{0, 4}, doubling_stage::none, 12}));
  const auto leaving = shape_after(shape_after(given_up, doubling_step::begin), doubling_step::serve);
  EXPECT_EQ(leaving.serving, (partition_range{12, 8}));
  EXPECT_EQ(leaving.numbered(), (partition_range{0, 4}));
  EXPECT_EQ(leaving.doubled(), leaving.serving);
  EXPECT_EQ(leaving.beside(), leaving.numbered());
  EXPECT_EQ(leaving.range_of(19), leaving.serving);
  EXPECT_EQ(leaving.range_of(3), leaving.numbered());
  EXPECT_EQ(leaving.range_of(4), std::nullopt);
  EXPECT_EQ(shape_after(leaving, doubling_step::end), (partition_shape{{12, 8}, doubling_stage::none, 20}));
}

TEST(partition_of, doubling_sends_each_id_to_one_of_two_children) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 1000; ++i) {
    core::uuid id;
    for (auto& byte : id.value)
      byte = static_cast<std::uint8_t>(random());
    EXPECT_EQ(partition_of(id, 16) % 8, partition_of(id, 8));
  }
}

TEST(partition_of, spreads_evenly) {
  std::mt19937_64 random(6);
  std::array<int, 8> counts{};
  for (int i = 0; i < 8000; ++i) {
    core::uuid id; // only the last bytes differ, as in ids made in sequence
    id.value[15] = static_cast<std::uint8_t>(i);
    id.value[14] = static_cast<std::uint8_t>(i >> 8);
    ++counts[partition_of(id, 8)];
  }
  for (const int count : counts)
    EXPECT_NEAR(count, 1000, 150); // five standard deviations
}

} // namespace

} // namespace rollcall::store
