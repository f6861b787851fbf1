#include "actors/peers/peer_codec.hpp"

#include "tests/support/damage.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace rollcall::actors {

namespace {

using core::error_code;

class peer_codec : public ::testing::Test {
protected:
  static core::deadline soon() { return core::deadline::in(std::chrono::seconds{1}); }
  testing::random_references random_{5};
};

TEST_F(peer_codec, search_crosses_whole) {
  shard::search_request sent{.request = {random_.id()},
                             .collection = {random_.id()},
                             .partitions = {0, 3, 65'535},
                             .probes = random_.embedding(6),
                             .until = soon()};
  sent.kind = core::reference_kind::user;
  sent.dimension = 3;
  sent.k = 4'097;
  sent.lowest_cosine = -0.25F;
  sent.recall_floor = 0.99F;
  const auto until = soon();
  const auto got = decode_search(*encode(sent), until);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->request, sent.request);
  EXPECT_EQ(got->collection, sent.collection);
  EXPECT_EQ(got->kind, sent.kind);
  EXPECT_EQ(got->partitions, sent.partitions);
  EXPECT_EQ(got->probes, sent.probes);
  EXPECT_EQ(got->dimension, sent.dimension);
  EXPECT_EQ(got->k, sent.k);
  EXPECT_EQ(got->lowest_cosine, sent.lowest_cosine);
  EXPECT_EQ(got->recall_floor, sent.recall_floor);
  EXPECT_EQ(got->until.at(), until.at());
  testing::expect_survives_damage(*encode(sent), [&](core::byte_view body) { return decode_search(body, until); });
}

TEST_F(peer_codec, answer_crosses_whole) {
  shard::search_answer sent;
  sent.rows = {{{random_.id(), 0.5F}, {random_.id(), -0.0F}}, {}, {{random_.id(), 1}}};
  sent.partitions = {{1, true, false, shard::exactness::approximate, 1ULL << 40U, 7, 8},
                     {2, false, true, shard::exactness::proved, 0, 0, 0}};
  const auto got = decode_search_answer(*encode(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->rows, sent.rows);
  ASSERT_EQ(got->partitions.size(), 2U);
  for (std::size_t at = 0; at < 2; ++at) {
    EXPECT_EQ(got->partitions[at].partition, sent.partitions[at].partition);
    EXPECT_EQ(got->partitions[at].has_answered, sent.partitions[at].has_answered);
    EXPECT_EQ(got->partitions[at].is_current, sent.partitions[at].is_current);
    EXPECT_EQ(got->partitions[at].exact, sent.partitions[at].exact);
    EXPECT_EQ(got->partitions[at].seq, sent.partitions[at].seq);
    EXPECT_EQ(got->partitions[at].references, sent.partitions[at].references);
    EXPECT_EQ(got->partitions[at].compared, sent.partitions[at].compared);
  }
  testing::expect_survives_damage(*encode(sent), [](core::byte_view body) { return decode_search_answer(body); });
}

TEST_F(peer_codec, one_reference_crosses_whole) {
  const auto until = soon();
  const shard::find_request sent{{random_.id()}, 65'535, core::reference_kind::user, random_.id(), soon()};
  const auto got = decode_find(*encode(sent), until);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->collection, sent.collection);
  EXPECT_EQ(got->partition, sent.partition);
  EXPECT_EQ(got->kind, sent.kind);
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->until.at(), until.at());
  testing::expect_survives_damage(*encode(sent), [&](core::byte_view body) { return decode_find(body, until); });
  for (const auto& found : {shard::found_reference{random_.embedding(8), true}, shard::found_reference{}}) {
    const auto back = decode_found(*encode(found));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->embedding, found.embedding);
    EXPECT_EQ(back->is_current, found.is_current);
  }
  const shard::found_reference whole{random_.embedding(8), true};
  testing::expect_survives_damage(*encode(whole), [](core::byte_view body) { return decode_found(body); });
}

TEST_F(peer_codec, changes_cross_whole_and_in_order_only) {
  apply_request sent;
  sent.batches = {{{random_.id()},
                   9,
                   {{3, core::reference_kind::face, random_.id(), random_.embedding(4)},
                    {4, core::reference_kind::user, random_.id(), {}}}},
                  {{random_.id()}, 0, {}}};
  const auto got = decode_apply(*encode(sent));
  ASSERT_TRUE(got);
  ASSERT_EQ(got->batches.size(), 2U);
  EXPECT_EQ(got->batches[0].collection, sent.batches[0].collection);
  EXPECT_EQ(got->batches[0].partition, 9U);
  ASSERT_EQ(got->batches[0].mutations.size(), 2U);
  for (std::size_t at = 0; at < 2; ++at) {
    EXPECT_EQ(got->batches[0].mutations[at].seq, sent.batches[0].mutations[at].seq);
    EXPECT_EQ(got->batches[0].mutations[at].kind, sent.batches[0].mutations[at].kind);
    EXPECT_EQ(got->batches[0].mutations[at].id, sent.batches[0].mutations[at].id);
    EXPECT_EQ(got->batches[0].mutations[at].embedding, sent.batches[0].mutations[at].embedding);
  }
  testing::expect_survives_damage(*encode(sent), [](core::byte_view body) { return decode_apply(body); });
  for (const std::uint64_t seq : {std::uint64_t{0}, std::uint64_t{3}}) {
    sent.batches[0].mutations[1].seq = seq;
    const auto refused = decode_apply(*encode(sent));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().code, error_code::malformed);
  }
}

TEST_F(peer_codec, removal_and_status_cross_whole) {
  const drop_request dropped{{random_.id()}};
  const auto got = decode_drop(*encode(dropped));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->collection, dropped.collection);
  EXPECT_FALSE(decode_drop({}));
  const auto status = decode_status(*encode(shard_status{true, 2, 3, {4, 5, 6, 7, 8}}));
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->is_ready);
  EXPECT_EQ(status->partitions, 2U);
  EXPECT_EQ(status->references, 3U);
  EXPECT_EQ(status->memory, (shard::memory_parts{4, 5, 6, 7, 8}));
}

TEST_F(peer_codec, requests_for_snapshots_cross_whole) {
  const snapshot_open_request asked{{{random_.id()}, 70'000}};
  const auto got = decode_snapshot_open(*encode(asked));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->key, asked.key);
  EXPECT_FALSE(decode_snapshot_open({}));
  const auto opened = decode_snapshot_opened(*encode(snapshot_opened{5, std::uint64_t{1} << 40}));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->ticket, 5U);
  EXPECT_EQ(opened->bytes, std::uint64_t{1} << 40);
  const auto part = decode_snapshot_read(*encode(snapshot_read_request{5, std::uint64_t{1} << 40, 4'096}));
  ASSERT_TRUE(part);
  EXPECT_EQ(part->ticket, 5U);
  EXPECT_EQ(part->offset, std::uint64_t{1} << 40);
  EXPECT_EQ(part->bytes, 4'096U);
}

} // namespace

} // namespace rollcall::actors
