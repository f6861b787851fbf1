#include "nodes/key_file.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

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

TEST(key_file, is_one_for_all_who_make_it_at_once) {
  const std::filesystem::path directory = testing::TempDir() + "rollcall_keys";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directory(directory);
  for (int round = 0; round < 20; ++round) {
    const auto file = directory / std::to_string(round);
    std::vector<core::bytes> made(4);
    std::vector<std::thread> makers;
    for (auto& one : made)
      makers.emplace_back([&] {
        if (const auto key = read_or_make_key(file, 32))
          one = *key;
      });
    for (auto& one : makers)
      one.join();
    for (const auto& one : made)
      EXPECT_EQ(one, *read_key(file, 32)) << round;
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 20); // and no other file is left
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
