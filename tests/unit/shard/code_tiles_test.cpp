// The promise of the codes: whatever the reference and the probe, the cosine is at most what the bounds say.
#include "shard/code_tiles.hpp"

#include "shard/scan.hpp"
#include "shard/similarity.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace rollcall::shard {
namespace {

coded_probe code(const code_tiles& codes, std::span<const float> probe) {
  coded_probe made;
  codes.code(probe, made);
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
  std::array<tile_bounds, 1> bounds;
  const auto run = codes.tiles(row / tile_rows, 1);
  EXPECT_EQ(scan_tiles(run, 0, {&view, 1}, bounds).filled, 1U);
  if (run.losses[row % tile_rows] == any_loss)
    return std::numeric_limits<float>::infinity();
  return probe.coarse.base + bounds[0].bounds[row % tile_rows] + probe.slack;
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

} // namespace
} // namespace rollcall::shard
