// Codes go with the references into a snapshot, and who loads it need not make them again; the answers stay the same.
#include "shard/snapshot/transform_codec.hpp"

#include "shard/codes/trained_transform.hpp"
#include "tests/unit/shard/snapshot_fixture.hpp"

namespace rollcall::shard::testing {
namespace {

constexpr std::size_t dimension = 32;
constexpr std::size_t inner = 10; // what the faces really have

class snapshot_codes_test : public snapshot_fixture {
protected:
  snapshot_codes_test() : snapshot_fixture(dimension) {}

  static coded_index_limits limits() {
    coded_index_limits made;
    made.train_from = 8'192;
    return made;
  }
  void enrol(gallery& into, std::size_t faces) {
    std::vector<core::reference> batch(faces);
    for (auto& one : batch)
      one = {reference_kind::face, random_.id(), random_.embedding_within(inner, dimension)};
    into.load(of_.collection, of_.partition, batch);
  }
  core::bytes write(const gallery& from) {
    core::bytes made;
    memory_file into(made);
    EXPECT_TRUE(write_snapshot(*from.read(of_.collection, of_.partition), of_, into));
    return made;
  }
  void load(gallery& into, core::byte_view file) {
    auto contents = snapshot_contents::parse(file.first(snapshot_header_bytes), file.size(), of_);
    ASSERT_TRUE(contents);
    const auto part = [&](const byte_range& at) { return file.subspan(at.offset, at.bytes); };
    ASSERT_TRUE(contents->take_tail(part(contents->tail())));
    into.begin_load(of_.collection, of_.partition);
    for (std::size_t number = 0; number < contents->blocks(); ++number) {
      const auto block = contents->read(number, part(contents->block(number)));
      ASSERT_TRUE(block);
      coordinates_.insert(block->codes.by ? block->codes.by->to() : 0);
      ASSERT_TRUE(into.load(of_.collection, of_.partition, *block));
    }
    into.load_from(of_.collection, of_.partition, contents->seq());
  }
  core::result<search_answer> search(const gallery& in) {
    std::vector<float> probes;
    rollcall::testing::random_references same{5};
    for (int p = 0; p < 6; ++p) {
      const auto probe = same.embedding_within(inner, dimension);
      probes.insert(probes.end(), probe.begin(), probe.end());
    }
    return in.search({.request = {},
                      .collection = of_.collection,
                      .kind = reference_kind::face,
                      .partitions = {of_.partition},
                      .probes = probes,
                      .dimension = dimension,
                      .k = 20,
                      .lowest_cosine = -2,
                      .recall_floor = proved_recall,
                      .until = core::deadline::in(std::chrono::minutes{1})});
  }
  void expect_same_answers(const gallery& a, const gallery& b) {
    const auto one = search(a);
    const auto other = search(b);
    ASSERT_TRUE(one && other);
    EXPECT_EQ(one->rows, other->rows);
    EXPECT_EQ(other->partitions.at(0).exact, exactness::proved);
    EXPECT_EQ(one->partitions.at(0).references, other->partitions.at(0).references);
  }

  std::set<std::size_t> coordinates_; ///< of the codes in what was loaded
};

TEST_F(snapshot_codes_test, what_was_trained_is_used_where_it_is_loaded) {
  gallery from{coded_indexes(limits())};
  enrol(from, 20'000);
  while (from.upkeep()) {
  }
  gallery into{coded_indexes(limits())};
  load(into, write(from));
  EXPECT_EQ(coordinates_, std::set<std::size_t>{16});
  expect_same_answers(from, into);
  EXPECT_LT(search(into)->partitions.at(0).compared, 2 * search(from)->partitions.at(0).compared);
  EXPECT_LT(into.size().memory.total(), from.size().memory.total() * 5 / 4);
  EXPECT_EQ(write(into).size(), write(from).size());
  // What comes later is coded alike, and it goes on being the best.
  enrol(into, 1'000);
  EXPECT_FALSE(into.upkeep());
  coordinates_.clear();
  load(from, write(into));
  EXPECT_EQ(coordinates_, std::set<std::size_t>{16});
}

// While the codes of one part were made anew already and those of another not.
TEST_F(snapshot_codes_test, two_transforms_in_one_snapshot_end_as_one) {
  gallery from{coded_indexes(limits())};
  enrol(from, 70'000);
  const auto whole = from.size().memory.total();
  static_cast<void>(from.upkeep()); // the study
  while (from.size().memory.total() >= whole)
    ASSERT_TRUE(from.upkeep()); // the first block holds more than before until it is done
  gallery into{coded_indexes(limits())};
  load(into, write(from));
  EXPECT_EQ(coordinates_, (std::set<std::size_t>{16, 32}));
  expect_same_answers(from, into);
  while (into.upkeep()) {
  }
  expect_same_answers(from, into);
  coordinates_.clear();
  load(from, write(into));
  EXPECT_EQ(coordinates_, std::set<std::size_t>{16});
  expect_same_answers(from, into);
}

TEST(transform_codec, gives_one_that_does_the_same) {
  rollcall::testing::random_references random{8};
  std::vector<float> sample;
  for (int i = 0; i < 1'000; ++i) {
    const auto face = random.embedding_within(inner, dimension);
    sample.insert(sample.end(), face.begin(), face.end());
  }
  for (const auto& made : {train_transform(sample, dimension), make_mixing_transform(dimension)}) {
    ASSERT_TRUE(made);
    const auto again = decode_transform(made->encode());
    ASSERT_TRUE(again);
    ASSERT_EQ((*again)->to(), made->to());
    EXPECT_EQ((*again)->spread(), made->spread());
    std::vector<float> a(made->to());
    std::vector<float> b(made->to());
    const auto face = random.embedding(dimension);
    EXPECT_EQ(made->apply(face, a), (*again)->apply(face, b));
    EXPECT_EQ(a, b);
    EXPECT_EQ(made->project(face, a), (*again)->project(face, b));
    EXPECT_EQ(a, b);
  }
}

TEST(transform_codec, refuses_what_is_none) {
  const std::vector<float> mean(16, 0.1F);
  const std::vector<float> rows(8 * 16, 0.25F);
  const auto whole = encode_principal_transform(mean, rows, 0.3F);
  ASSERT_TRUE(decode_transform(whole));
  EXPECT_FALSE(decode_transform({}));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_transform(core::byte_view{whole}.first(size))) << size;
  const auto forged = [&](std::size_t at, std::uint32_t word) {
    auto bytes = whole;
    std::memcpy(bytes.data() + at, &word, sizeof word);
    return decode_transform(bytes).has_value();
  };
  for (const std::uint32_t word : {0U, 2U, 0xFFFF'FFFFU})
    EXPECT_FALSE(forged(0, word));
  for (const std::uint32_t word : {0U, 15U, 17U, 0xFFFF'FFFFU}) {
    EXPECT_FALSE(forged(4, word));
    EXPECT_FALSE(forged(8, word));
  }
  for (const std::uint32_t word : {0U, 0x8000'0000U, 0x7F80'0000U, 0x7FC0'0000U, 0xBF80'0000U})
    EXPECT_FALSE(forged(12, word)) << "a spread that is none";
  EXPECT_FALSE(forged(16 + 40, 0x7FC0'0000U)) << "a value that is none";
  EXPECT_FALSE(decode_transform(encode_mixing_transform(0)));
  EXPECT_FALSE(decode_transform(encode_mixing_transform(70'000)));
}

} // namespace
} // namespace rollcall::shard::testing
