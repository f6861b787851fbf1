// The promise of the codes: whatever the reference and the probe, the cosine is at most what the bounds say.
#include "shard/codes/code_tiles.hpp"

#include "shard/codes/scan.hpp"
#include "shard/codes/similarity.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace rollcall::shard {
namespace {

coded_probe code(const code_tiles& codes, std::span<const float> probe) {
  coded_probe made;
  code_probe(codes.by(), probe, codes.longest(), made);
  return made;
}

using vectors = std::vector<std::vector<float>>;

/// Faces as they come, and what misleads a code: axes, equal values, next to nothing, far too long, clipped ones.
vectors make_vectors(std::size_t dimension, std::size_t plain, testing::random_references& random) {
  vectors made;
  for (std::size_t i = 0; i < plain; ++i)
    made.push_back(random.embedding(dimension));
  for (const float size : {1.0F, 1e-3F, 1e-40F, 50.0F, 1e15F}) {
    std::vector<float> axis(dimension, 0.0F);
    axis[random.below(dimension)] = size;
    made.push_back(axis);
    made.emplace_back(dimension, size);
    auto scaled = random.embedding(dimension);
    for (auto& value : scaled)
      value *= size;
    made.push_back(scaled);
  }
  return made;
}

float coarse_bound(const code_tiles& codes, std::size_t row, const coded_probe& probe) {
  const scan_probe view{probe.values.data(), probe.coarse.per_sum, probe.per_loss,
                        -std::numeric_limits<float>::infinity()};
  float bound = 0;
  int count = 0;
  const auto take = [&](const tile_bounds& found) {
    bound = found.bounds[row % tile_rows];
    ++count;
  };
  const auto run = codes.tiles(row / tile_rows, 1);
  scan_tiles(run, {&view, 1}, tile_taker{take});
  EXPECT_EQ(count, 1);
  if (run.losses[row % tile_rows] == any_loss)
    return std::numeric_limits<float>::infinity();
  return probe.coarse.base + bound + probe.slack;
}

void expect_bounded(const code_tiles& codes, const vectors& references, const vectors& probes) {
  for (const auto& probe : probes) {
    const auto coded = code(codes, probe);
    for (std::size_t row = 0; row < references.size(); ++row) {
      const auto cosine = dot(references[row], probe);
      ASSERT_LE(cosine, coarse_bound(codes, row, coded)) << "row " << row;
      ASSERT_LE(cosine, codes.bound(row, coded).highest) << "row " << row;
    }
  }
}

TEST(code_tiles, bound_every_cosine_from_above) {
  testing::random_references random(3);
  for (const std::size_t dimension : {1U, 3U, 8U, 100U, 512U}) {
    code_tiles codes(make_mixing_transform(dimension));
    const auto references = make_vectors(dimension, 200, random);
    for (const auto& each : references)
      codes.put(codes.size(), each);
    auto probes = make_vectors(dimension, 20, random);
    probes.push_back(references[5]);
    probes.push_back(references.back());
    expect_bounded(codes, references, probes);
  }
}

TEST(code_tiles, are_close_for_faces) {
  testing::random_references random(4);
  code_tiles codes(make_mixing_transform(512));
  const auto face = random.embedding(512);
  codes.put(0, random.near(face, 0.5F));
  const auto coded = code(codes, face);
  EXPECT_LT(coarse_bound(codes, 0, coded), 0.5F + 0.15F);
  EXPECT_LT(codes.bound(0, coded).highest, 0.5F + 0.03F);
  EXPECT_NEAR(codes.bound(0, coded).estimate, 0.5F, 0.03F);
}

TEST(code_tiles, follow_replacements_and_removals) {
  testing::random_references random(5);
  code_tiles codes(make_mixing_transform(16));
  vectors references;
  for (int step = 0; step < 1'000; ++step) {
    const auto choice = random.below(10);
    if (references.empty() || choice < 5) {
      references.push_back(random.embedding(16));
      codes.put(references.size() - 1, references.back());
    } else if (choice < 8) {
      const auto at = random.below(references.size());
      references[at] = random.embedding(16);
      codes.put(at, references[at]);
    } else {
      references.pop_back();
      codes.pop();
    }
    ASSERT_EQ(codes.size(), references.size());
    if (step % 50 == 0)
      expect_bounded(codes, references, make_vectors(16, 2, random));
  }
}

TEST(code_tiles, say_nothing_of_what_is_forgotten_or_held) {
  testing::random_references random(8);
  code_tiles codes(make_mixing_transform(64));
  const auto face = random.embedding(64);
  codes.put(0, face);
  codes.put(1, face);
  codes.forget(0);
  codes.hold();
  EXPECT_EQ(codes.coded(), 2U);
  const auto probe = code(codes, face);
  for (const std::size_t row : {0U, 1U, 2U}) {
    EXPECT_EQ(std::isinf(codes.bound(row, probe).highest), row != 1) << row;
    EXPECT_EQ(std::isinf(coarse_bound(codes, row, probe)), row != 1) << row;
  }
  const std::vector<std::span<const float>> held{face};
  codes.code_held(held);
  EXPECT_EQ(codes.coded(), 3U);
  EXPECT_EQ(codes.bound(2, probe).highest, codes.bound(1, probe).highest);
  codes.append(held);
  EXPECT_EQ(codes.coded(), 4U);
}

TEST(code_tiles, wipe_what_is_removed) {
  testing::random_references random(6);
  code_tiles codes(make_mixing_transform(64));
  codes.put(0, random.embedding(64));
  codes.put(1, random.embedding(64));
  const auto other = random.embedding(64);
  codes.put(1, other);
  codes.pop();
  const auto run = codes.tiles(0, 1);
  for (std::size_t group = 0; group < run.groups; ++group)
    for (std::size_t b = 0; b < 4; ++b)
      ASSERT_EQ(run.codes[group * group_bytes + 4 + b], 0);
  EXPECT_EQ(run.losses[1], 0);
}

// Wherever it stood and wherever it goes; by another transform it would mean something else.
TEST(code_tiles, takes_a_known_code_as_it_is) {
  constexpr std::size_t dimension = 24;
  testing::random_references random(6);
  const std::shared_ptr<const transform> by = make_mixing_transform(dimension);
  code_tiles from{by};
  vectors faces;
  for (std::size_t row = 0; row < 150; ++row) {
    faces.push_back(random.embedding(dimension));
    from.put(row, faces.back());
  }
  auto run = from.run(64);
  EXPECT_EQ(run.by, by);
  std::vector<std::uint8_t> losses(run.losses, run.losses + tile_rows); // a mark that no encoding makes
  losses[48] = 77;
  run.losses = losses.data();
  run.longest = 9;
  code_tiles into{by};
  code_tiles other{make_mixing_transform(dimension)};
  for (std::size_t row = 0; row < tile_rows; ++row) {
    const auto from_row = tile_rows - 1 - row;
    into.put(row, faces[64 + from_row], {&run, from_row});
    other.put(row, faces[64 + from_row], {&run, from_row});
  }
  EXPECT_EQ(into.run(0).longest, 9);
  EXPECT_LT(other.run(0).longest, 2);
  EXPECT_EQ(into.run(0).losses[15], 77);
  EXPECT_NE(other.run(0).losses[15], 77);
  const auto probe = random.embedding(dimension);
  const auto coded = code(from, probe);
  for (std::size_t row = 0; row < tile_rows; ++row) {
    EXPECT_EQ(into.bound(row, coded).estimate, from.bound(127 - row, coded).estimate);
    EXPECT_TRUE(row == 15 || into.tiles(0, 1).losses[row] == from.tiles(0, 2).losses[127 - row]) << row;
  }
  const auto plain = code(other, probe);
  expect_bounded(other, {faces.rbegin() + 22, faces.rbegin() + 86}, {probe});
  EXPECT_EQ(other.bound(3, plain).estimate, from.bound(124, coded).estimate);
}

/// Tiles where they lie in somebody else's memory, with a gap after every third of them.
class lent_tiles : public ::testing::Test {
protected:
  static constexpr std::size_t dimension = 24;
  static constexpr std::size_t tiles = 10;

  lent_tiles() {
    for (std::size_t row = 0; row < tiles * tile_rows; ++row) {
      faces_.push_back(random_.embedding(dimension));
      from_.put(row, faces_.back());
    }
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      const auto run = from_.run(tile * tile_rows);
      auto* const fine = memory_.get() + 2 * tiles * coarse_bytes_ + tile * fine_bytes_;
      std::copy_n(run.tiles, coarse_bytes_, coarse(tile));
      std::copy_n(run.fine, fine_bytes_, fine);
      lent_.adopt(tile_rows, {&run, 0}, {{coarse(tile), keeper_}, {fine, keeper_}});
    }
  }
  [[nodiscard]] std::uint8_t* coarse(std::size_t tile) const {
    return memory_.get() + (tile + tile / 3) * coarse_bytes_;
  }
  void expect_same(const vectors& probes) {
    ASSERT_EQ(lent_.size(), from_.size());
    for (const auto& probe : probes) {
      const auto one = code(lent_, probe);
      const auto other = code(from_, probe);
      for (std::size_t row = 0; row < faces_.size(); ++row) {
        ASSERT_EQ(coarse_bound(lent_, row, one), coarse_bound(from_, row, other)) << row;
        ASSERT_EQ(lent_.bound(row, one).highest, from_.bound(row, other).highest) << row;
      }
    }
  }
  [[nodiscard]] std::vector<std::size_t> runs() const {
    std::vector<std::size_t> found;
    for (std::size_t tile = 0; tile < lent_.tile_count(); tile += found.back())
      found.push_back(lent_.tiles(tile, lent_.tile_count() - tile).count);
    return found;
  }

  testing::random_references random_{7};
  const std::shared_ptr<const transform> by_ = make_mixing_transform(dimension);
  const std::size_t coarse_bytes_ = tile_bytes(by_->to());
  const std::size_t fine_bytes_ = tile_rows * by_->to();
  aligned_memory memory_ = make_aligned_memory(2 * tiles * (coarse_bytes_ + fine_bytes_));
  std::shared_ptr<int> keeper_ = std::make_shared<int>(0);
  vectors faces_;
  code_tiles from_{by_};
  code_tiles lent_{by_};
};

TEST_F(lent_tiles, say_the_same_wherever_they_lie) {
  using counts = std::vector<std::size_t>;
  const vectors probes{random_.embedding(dimension), random_.embedding(dimension)};
  EXPECT_EQ(runs(), (counts{3, 3, 3, 1}));
  EXPECT_LE(lent_.memory().coarse_codes, 2 * tiles * tile_rows) << "losses alone";
  expect_same(probes);
  for (const std::size_t row : {0, 63, 64, 300, 639}) {
    faces_[row] = random_.embedding(dimension);
    from_.put(row, faces_[row]);
    lent_.put(row, faces_[row]);
  }
  expect_same(probes);
  EXPECT_EQ(std::vector(coarse(4), coarse(4) + coarse_bytes_),
            std::vector(from_.tiles(4, 1).codes, from_.tiles(4, 1).codes + coarse_bytes_));
  lent_.bring_coarse_home(8);
  EXPECT_EQ(runs(), (counts{3, 3, 2, 1, 1}));
  lent_.bring_coarse_home(9);
  EXPECT_EQ(runs(), (counts{3, 3, 2, 2}));
  EXPECT_EQ(lent_.coarse_lent(), 8U);
  expect_same(probes);
  for (std::size_t tile = 0; tile < tiles; ++tile) {
    lent_.bring_coarse_home(tile);
    expect_same({probes[0]});
  }
  EXPECT_EQ(runs(), (counts{tiles}));
  std::fill_n(memory_.get(), 2 * tiles * coarse_bytes_, std::uint8_t{0x55});
  expect_same(probes);
}

TEST_F(lent_tiles, are_wiped_where_they_lie) {
  const auto is_zero = [&](std::size_t tile) {
    return std::all_of(coarse(tile), coarse(tile) + coarse_bytes_, [](auto byte) { return byte == 0; });
  };
  EXPECT_FALSE(is_zero(9) || is_zero(8));
  for (std::size_t i = 0; i < 2 * tile_rows; ++i) {
    lent_.pop();
    from_.pop();
    faces_.pop_back();
  }
  EXPECT_TRUE(is_zero(9) && is_zero(8));
  EXPECT_EQ(lent_.coarse_lent(), 8U);
  for (std::size_t i = 0; i < 100; ++i) { // beside what is lent
    faces_.push_back(random_.embedding(dimension));
    from_.put(faces_.size() - 1, faces_.back());
    lent_.put(faces_.size() - 1, faces_.back());
  }
  expect_same({random_.embedding(dimension)});
}

// The same tile again and again, more of them than a huge page holds.
TEST_F(lent_tiles, come_into_room_that_was_touched_before) {
  EXPECT_EQ(lent_.room_at_home(), 0U) << "too little to ask for";
  constexpr std::size_t many = 2'100;
  const auto run = from_.run(0);
  code_tiles all{by_};
  for (std::size_t tile = 0; tile < many; ++tile)
    all.adopt(tile_rows, {&run, 0}, {{coarse(0), keeper_}, {memory_.get() + 2 * tiles * coarse_bytes_, keeper_}});
  const auto bytes = all.room_at_home();
  EXPECT_EQ(bytes, rounded_memory(many * coarse_bytes_));
  auto room = make_touched_memory(bytes);
  const auto* const begin = room.get();
  all.take(std::move(room));
  EXPECT_EQ(all.room_at_home(), 0U);
  for (auto tile = many; tile-- > 0;)
    all.bring_coarse_home(tile);
  EXPECT_EQ(all.coarse_lent(), 0U);
  EXPECT_EQ(all.tiles(0, many).count, many);
  EXPECT_EQ(all.tiles(0, many).codes, begin);
  for (std::size_t tile = 0; tile < many; ++tile)
    ASSERT_TRUE(std::equal(run.tiles, run.tiles + coarse_bytes_, all.tiles(tile, 1).codes));
}

} // namespace
} // namespace rollcall::shard
