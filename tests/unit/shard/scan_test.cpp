// Every kernel of the scan gives what the portable one gives, bit by bit.
#include "shard/codes/scan.hpp"
#include "shard/codes/scan_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <utility>

namespace rollcall::shard {
namespace {

/// A kernel of this processor, or the one of AMX by hand, which is in no list.
struct tested_kernel {
  std::string_view name;
  scan_function scan;
  std::size_t most_probes;
};

template <scan_kernel Which>
void scan_by(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  scan_tiles(run, probes, take, Which);
}

/// Tiles and probes of arbitrary bytes.
class scan_test : public ::testing::TestWithParam<tested_kernel> {
protected:
  void make_tiles(std::size_t count, std::size_t groups, int kind, unsigned bits = 4) {
    codes_.resize(count * groups * group_bytes);
    losses_.resize(count * tile_rows);
    std::generate_n(codes_.data(), codes_.size(), [&] { return byte(kind, 0xff); });
    std::generate_n(losses_.data(), losses_.size(), [&] { return byte(kind, any_loss - 1); });
    run_ = {codes_.data(), losses_.data(), count, groups, bits};
  }

  void make_probes(std::size_t count, int kind, float lowest) {
    values_.assign(count, std::vector<std::int8_t>(run_.groups * group_coordinates_of(run_.bits)));
    probes_.clear();
    for (auto& values : values_) {
      for (auto& value : values)
        value = kind == 0 ? static_cast<std::int8_t>(static_cast<int>(random_() % 255) - 127)
                          : static_cast<std::int8_t>(kind == 1 ? 127 : -127);
      probes_.push_back({values.data(), 0.013F, 0.0021F, lowest, groups_in_16_bits(values)});
    }
  }

  void expect_same() {
    const auto expected = found_by(scan_by<scan_kernel::portable>, run_, probes_);
    const auto actual = found_by(GetParam().scan, run_, probes_);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      ASSERT_EQ(actual[i].tile, expected[i].tile);
      ASSERT_EQ(actual[i].probe, expected[i].probe);
      ASSERT_EQ(actual[i].admitted, expected[i].admitted);
      ASSERT_EQ(actual[i].bounds, expected[i].bounds);
    }
  }

  [[nodiscard]] static std::vector<std::size_t> probe_counts() {
    std::vector<std::size_t> counts{1, 2, 3, 4, 5, 8, 15, 16};
    std::erase_if(counts, [](std::size_t count) { return count > GetParam().most_probes; });
    return counts;
  }

  std::uint8_t byte(int kind, unsigned largest) {
    return static_cast<std::uint8_t>(kind == 0 ? random_() % (largest + 1) : kind == 1 ? largest : 0);
  }

  std::mt19937_64 random_{7};
  aligned_bytes codes_;
  aligned_bytes losses_;
  std::vector<std::vector<std::int8_t>> values_;
  std::vector<scan_probe> probes_;
  tile_run run_;
};

TEST_P(scan_test, equals_the_portable_one) {
  for (const auto& [groups, bits] : {std::pair{1U, 4U}, {2U, 4U}, {20U, 4U}, {64U, 4U}, {1U, 2U}, {7U, 2U}, {32U, 2U}})
    for (int kind = 0; kind < 3; ++kind)
      for (const std::size_t tiles : {0U, 1U, 2U, 5U}) {
        make_tiles(tiles, groups, kind, bits);
        for (const auto probes : probe_counts())
          for (const float lowest : {-1e9F, 0.0F, 4.0F, 1e9F}) {
            make_probes(probes, kind, lowest);
            expect_same();
          }
      }
}

TEST_P(scan_test, equals_the_portable_one_where_it_is_told_what_comes_next) {
  for (const unsigned bits : {4U, 2U})
    for (const auto probes : probe_counts())
      for (const std::size_t next_tiles : {1U, 3U, 5U}) {
        make_tiles(5, 7, 0, bits);
        make_probes(probes, 0, 0);
        run_.then = run_.codes;
        run_.then_count = next_tiles;
        expect_same();
      }
}

// Whole products and parts of one.
TEST_P(scan_test, equals_the_portable_one_for_as_many_probes_as_it_takes) {
  for (const std::size_t groups : {1U, 9U, 19U})
    for (const std::size_t probes : {17U, 31U, 33U, 95U, 112U}) {
      if (probes > GetParam().most_probes)
        continue;
      make_tiles(4, groups, 0);
      for (const float lowest : {-1e9F, 0.0F, 4.0F}) {
        make_probes(probes, 0, lowest);
        expect_same();
      }
    }
}

TEST_P(scan_test, equals_the_portable_one_where_bounds_fall_with_sums_or_losses) {
  make_tiles(5, 4, 0);
  for (const auto probes : probe_counts())
    for (const auto& [per_sum, per_loss] : {std::pair{-0.013F, 0.0021F}, {0.013F, -0.0021F}, {-0.013F, -0.0021F}})
      for (const float lowest : {0.0F, 4.0F}) {
        make_probes(probes, 0, lowest);
        probes_.back().per_sum = per_sum;
        probes_.back().per_loss = per_loss;
        expect_same();
      }
}

// What is asked of a kernel before it is used on a processor that it was not written on.
TEST_P(scan_test, agrees_with_the_portable_one_where_it_is_asked) {
  if (GetParam().most_probes == probes_per_scan) { // which it is asked for
    EXPECT_TRUE(agrees_with_portable(GetParam().scan));
  }
}

TEST(scan_probe_test, a_scan_that_admits_less_does_not_agree) {
  EXPECT_FALSE(agrees_with_portable([](const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
    const auto take_less = [take](const tile_bounds& of) {
      auto found = of;
      found.admitted &= ~std::uint64_t{4};
      take(found);
    };
    scan_portable(run, probes, tile_taker{take_less});
  }));
}

// What it admits from then on is less.
TEST_P(scan_test, goes_by_thresholds_that_rise_meanwhile) {
  for (const auto probes : probe_counts()) {
    make_tiles(9, 4, 0);
    make_probes(probes, 0, -1e9F);
    std::vector<std::size_t> found(probes);
    const auto take = [&](const tile_bounds& one) {
      ++found[one.probe];
      probes_[one.probe].lowest = 1e9F;
    };
    GetParam().scan(run_, probes_, tile_taker{take});
    for (const auto tiles : found)
      EXPECT_EQ(tiles, 1U);
  }
}

TEST_P(scan_test, admits_any_loss_whatever_the_threshold) {
  make_tiles(3, 4, 0);
  losses_.data()[2 * tile_rows + 17] = any_loss;
  make_probes(2, 0, std::numeric_limits<float>::infinity());
  const auto found = found_by(GetParam().scan, run_, probes_);
  ASSERT_EQ(found.size(), 2U);
  ASSERT_EQ(found[0].tile, 2U);
  EXPECT_EQ(found[0].admitted, std::uint64_t{1} << 17);
  EXPECT_EQ(found[1].admitted, std::uint64_t{1} << 17);
}

TEST_P(scan_test, finds_the_one_row_that_stands_out) {
  constexpr float lowest = 0.4F;
  make_tiles(2, 3, 2);
  for (const auto probes : probe_counts())
    for (std::size_t row = 0; row < 2 * tile_rows; ++row)
      for (const bool is_by_loss : {true, false}) {
        make_probes(probes, 1, lowest);
        auto* of_row = is_by_loss
                           ? losses_.data() + row
                           : codes_.data() + row / tile_rows * 3 * group_bytes + group_bytes + row % tile_rows * 4;
        *of_row = is_by_loss ? 200 : 255;
        const auto found = found_by(GetParam().scan, run_, probes_);
        ASSERT_EQ(found.size(), probes);
        for (std::size_t p = 0; p < probes; ++p) {
          ASSERT_EQ(found[p].tile, row / tile_rows);
          ASSERT_EQ(found[p].probe, p);
          ASSERT_EQ(found[p].admitted, std::uint64_t{1} << row % tile_rows);
        }
        *of_row = 0;
      }
}

// Codes that add up to the largest and the least sums that values of all sizes can make: partial sums of 16 bits hold
// them, and probes of different reach share a pass.
TEST_P(scan_test, holds_the_largest_sums) {
  std::vector<std::pair<std::size_t, unsigned>> shapes;
  for (const std::size_t groups : {1U, 4U, 5U, 7U, 20U, 33U, 64U, 65U, 128U})
    for (const unsigned bits : {4U, 2U})
      shapes.emplace_back(groups, bits);
  for (const auto& [groups, bits] : shapes)
    for (const int sign : {1, -1})
      for (const int first : {1, 16, 60, 111}) {
        make_tiles(2, groups, 0, bits);
        make_probes(probe_counts().back(), 0, -1e9F);
        for (std::size_t p = 0; p < probes_.size(); ++p) {
          const int size = first + static_cast<int>(p);
          for (std::size_t i = 0; i < values_[p].size(); ++i)
            values_[p][i] = static_cast<std::int8_t>(sign * (i % 3 == 2 ? -size : size));
          probes_[p].groups_at_once = groups_in_16_bits(values_[p]);
        }
        for (std::size_t at = 0; at < run_.count * groups * tile_rows; ++at)
          for (std::size_t b = 0; b < 4; ++b) {
            const auto* value = values_[0].data() + at / tile_rows % groups * group_coordinates_of(bits) + b;
            unsigned code = 0;
            for (unsigned shift = 0; shift < 8; shift += bits, value += group_row_bytes)
              code |= *value > 0 ? ((1U << bits) - 1) << shift : 0;
            codes_.data()[at * 4 + b] = static_cast<std::uint8_t>(code);
          }
        expect_same();
      }
}

TEST(scan_probe_test, finds_how_many_groups_fit_16_bits) {
  const auto of = [](std::size_t groups, int value) {
    return groups_in_16_bits(std::vector<std::int8_t>(groups * group_coordinates, static_cast<std::int8_t>(value)));
  };
  EXPECT_EQ(of(20, 127), 4U);
  EXPECT_EQ(of(20, -127), 4U);
  EXPECT_EQ(of(20, 0), 20U);
  EXPECT_EQ(of(20, 27), 20U); // 20 groups of 4 × 15 × 27 are 32,400
  EXPECT_EQ(of(20, 28), 10U); // and of 28 33,600
  EXPECT_EQ(of(20, -27), 20U);
  EXPECT_EQ(of(20, -28), 10U);
  EXPECT_EQ(of(1, 127), 4U);
}

class byte_sum_test : public ::testing::TestWithParam<scan_kernel> {};

TEST_P(byte_sum_test, is_exact) {
  std::mt19937_64 random{7};
  for (std::size_t count = 8; count <= 1'024; count += 8)
    for (int kind = 0; kind < 3; ++kind) {
      std::vector<std::uint8_t> codes(count);
      std::vector<std::int8_t> values(count);
      std::generate(codes.begin(), codes.end(), [&] {
        return static_cast<std::uint8_t>(kind == 0 ? random() % 256 : kind == 1 ? 255 : 0);
      });
      std::generate(values.begin(), values.end(), [&] {
        return kind == 0 ? static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127) : std::int8_t{-127};
      });
      std::int32_t expected = 0;
      for (std::size_t i = 0; i < count; ++i)
        expected += codes[i] * values[i];
      ASSERT_EQ(byte_sum(codes, values, GetParam()), expected) << count;
    }
}

std::vector<tested_kernel> all_tested() {
  std::vector<tested_kernel> all{
      {"portable", scan_by<scan_kernel::portable>, probes_per_scan},
      {"avx2", scan_by<scan_kernel::avx2>, probes_at_once(scan_kernel::avx2)},
      {"avx512_vnni", scan_by<scan_kernel::avx512_vnni>, probes_at_once(scan_kernel::avx512_vnni)},
      {"amx_int8", scan_by<scan_kernel::amx_int8>, probes_at_once(scan_kernel::amx_int8)}};
  all.resize(available_scan_kernels().size());
#if defined(__x86_64__)
  if (best_scan_kernel() >= scan_kernel::avx512_vnni)
    all.push_back({"amx_by_hand", scan_amx_by_hand, probes_at_once(scan_kernel::amx_int8)});
#endif
  return all;
}

INSTANTIATE_TEST_SUITE_P(kernels, scan_test, ::testing::ValuesIn(all_tested()),
                         [](const auto& tested) { return std::string{tested.param.name}; });
INSTANTIATE_TEST_SUITE_P(kernels, byte_sum_test, ::testing::ValuesIn(available_scan_kernels()),
                         [](const auto& tested) { return std::string{name_of(tested.param)}; });

} // namespace
} // namespace rollcall::shard
