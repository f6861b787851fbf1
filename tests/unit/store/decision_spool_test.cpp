#include "store/decision_spool.hpp"

#include "tests/support/expect_decision.hpp"
#include "tests/support/process.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace rollcall::store {

namespace {

decision make_decision(std::uint8_t seed) {
  decision made;
  made.request = {core::uuid{{seed, 1}}};
  made.at = core::wall_time{std::chrono::milliseconds{1'700'000'000'000 + seed}};
  made.principal = "somebody \"quoted\"\n\xc3\xa9";
  made.access_key = "RKIA";
  made.purpose = "a purpose";
  made.operation = "SearchFaces";
  made.collection = "c";
  made.probe = "p" + std::to_string(seed);
  made.model_version = "1.0";
  made.threshold = 80.1F;
  made.gallery_size = std::uint64_t{1} << 40;
  made.partitions_asked = 8;
  made.partitions_answered = 7;
  made.is_exact = true;
  made.candidates = {{"f1", 99.123F}, {"f2", 80.5F}};
  return made;
}

class spool_test : public ::testing::Test {
protected:
  void open(std::size_t most = 100) {
    spool_.reset();
    auto opened = decision_spool::open(file_, most);
    ASSERT_TRUE(opened) << opened.failure().message;
    spool_ = *std::move(opened);
  }
  void append(std::uint8_t first, std::uint8_t count) {
    std::vector<decision> all;
    for (std::uint8_t seed = first; seed < first + count; ++seed)
      all.push_back(make_decision(seed));
    EXPECT_TRUE(spool_->append(all));
  }
  std::vector<std::string> take(std::size_t limit) {
    const auto got = spool_->oldest(limit);
    EXPECT_TRUE(got);
    std::vector<std::string> probes;
    for (const auto& one : *got)
      probes.push_back(one.probe);
    EXPECT_TRUE(spool_->drop());
    return probes;
  }

  test::temp_dir directory_;
  std::filesystem::path file_ = directory_.path() / "decisions.spool";
  std::unique_ptr<decision_spool> spool_;
};

TEST_F(spool_test, gives_back_what_it_was_given) {
  open();
  append(1, 1);
  open(); // another process
  ASSERT_EQ(spool_->size(), 1U);
  const auto got = spool_->oldest(10);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 1U);
  test::expect_equal(got->front(), make_decision(1));
}

TEST_F(spool_test, gives_the_oldest_first_and_forgets_what_was_dropped) {
  open();
  append(1, 3);
  EXPECT_EQ(take(2), (std::vector<std::string>{"p1", "p2"}));
  append(4, 1);
  EXPECT_EQ(spool_->size(), 2U);
  EXPECT_EQ(take(10), (std::vector<std::string>{"p3", "p4"}));
  EXPECT_EQ(std::filesystem::file_size(file_), 0U);
  EXPECT_TRUE(take(10).empty());
  append(5, 1);
  EXPECT_EQ(take(10), std::vector<std::string>{"p5"});
}

TEST_F(spool_test, a_crash_between_brings_all_of_a_file_back_but_no_half_line) {
  open();
  append(1, 3);
  EXPECT_EQ(take(2).size(), 2U);
  std::ofstream(file_, std::ios::app) << R"({"request":"cut sho)";
  open();
  EXPECT_EQ(spool_->size(), 3U);
  append(4, 1);
  EXPECT_EQ(take(10), (std::vector<std::string>{"p1", "p2", "p3", "p4"}));
}

TEST_F(spool_test, a_damaged_line_costs_no_other) {
  open();
  append(1, 1);
  std::ofstream(file_, std::ios::app) << "{\"request\":1}\nnot JSON\n";
  open();
  append(2, 1);
  EXPECT_EQ(spool_->size(), 4U);
  EXPECT_EQ(take(10), (std::vector<std::string>{"p1", "p2"}));
  EXPECT_EQ(spool_->size(), 0U);
}

TEST_F(spool_test, is_bounded_and_takes_all_or_none) {
  open(3);
  append(1, 2);
  const std::vector two{make_decision(3), make_decision(4)};
  const auto refused = spool_->append(two);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, core::error_code::storage_full);
  append(3, 1);
  EXPECT_EQ(take(10).size(), 3U);
}

TEST_F(spool_test, a_line_longer_than_what_is_read_at_once_is_read) {
  open();
  auto long_one = make_decision(1);
  for (int more = 0; more < 60'000; ++more)
    long_one.candidates.push_back({core::to_string(core::random_uuid()), 50});
  EXPECT_TRUE(spool_->append({&long_one, 1}));
  append(2, 1);
  open();
  EXPECT_EQ(take(1), std::vector<std::string>{"p1"});
  EXPECT_EQ(take(1), std::vector<std::string>{"p2"});
}

TEST_F(spool_test, a_file_that_can_not_be_made_is_told) {
  const auto opened = decision_spool::open(directory_.path() / "none" / "spool", 1);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.failure().code, core::error_code::storage_full);
}

} // namespace

} // namespace rollcall::store
