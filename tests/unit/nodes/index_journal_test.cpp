#include "nodes/cli/index_journal.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace rollcall::cli {
namespace {

class index_journal_test : public testing::Test {
protected:
  void SetUp() override {
    std::filesystem::remove(file);
    std::ofstream{picture} << "one";
  }

  std::filesystem::path file = testing::TempDir() + "rollcall_journal";
  std::filesystem::path picture = testing::TempDir() + "rollcall_journal_picture.jpg";
};

TEST_F(index_journal_test, remembers_over_runs_until_the_picture_changes) {
  {
    const auto journal = index_journal::open(file);
    ASSERT_TRUE(journal);
    EXPECT_FALSE((*journal)->has(picture));
    (*journal)->add(picture);
  }
  EXPECT_TRUE((*index_journal::open(file))->has(picture));
  std::ofstream{picture} << "another size";
  EXPECT_FALSE((*index_journal::open(file))->has(picture));
}

TEST_F(index_journal_test, a_torn_last_line_does_not_count) {
  (*index_journal::open(file))->add(picture);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_FALSE((*index_journal::open(file))->has(picture));
}

TEST_F(index_journal_test, a_torn_last_line_does_not_spoil_the_next) {
  std::ofstream{file} << "17\t1\t/torn";
  (*index_journal::open(file))->add(picture);
  EXPECT_TRUE((*index_journal::open(file))->has(picture));
}

TEST_F(index_journal_test, another_creation_of_the_collection_has_another_file) {
  EXPECT_NE(index_journal::default_file("http://a", "arn", 1), index_journal::default_file("http://a", "arn", 2));
  EXPECT_EQ(index_journal::default_file("http://a", "arn", 1), index_journal::default_file("http://a", "arn", 1));
}

} // namespace
} // namespace rollcall::cli
