#include "nodes/key_file.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace rollcall::nodes {
namespace {

TEST(key_file, is_made_once_and_only_for_its_owner) {
  const std::filesystem::path file = testing::TempDir() + "rollcall_key";
  std::filesystem::remove(file);
  const auto made = read_or_make_key(file, 32);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 32U);
  EXPECT_EQ(*read_or_make_key(file, 32), *made);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(file).permissions(), perms::owner_read | perms::owner_write);
}

TEST(key_file, that_exists_is_never_written_over) {
  const std::filesystem::path file = testing::TempDir() + "rollcall_new_key";
  std::filesystem::remove(file);
  const auto made = make_key(file, 32);
  ASSERT_TRUE(made);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(file).permissions(), perms::owner_read | perms::owner_write);
  const auto again = make_key(file, 32);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.failure().code, core::error_code::conflict);
  EXPECT_NE(again.failure().message.find(file.string()), std::string::npos);
  EXPECT_EQ(*read_or_make_key(file, 32), *made);
  EXPECT_EQ(make_key("/nonexistent/key", 32).failure().code, core::error_code::storage_full);
}

TEST(key_file, damage_and_unwritable_places_are_errors) {
  const std::filesystem::path file = testing::TempDir() + "rollcall_short_key";
  std::ofstream{file} << "short";
  EXPECT_EQ(read_or_make_key(file, 32).failure().code, core::error_code::corrupt);
  EXPECT_EQ(read_or_make_key("/nonexistent/key", 32).failure().code, core::error_code::storage_full);
}

} // namespace
} // namespace rollcall::nodes
