#include "config/profile.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace rollcall::config {
namespace {

std::string write(const std::string& text, std::filesystem::perms mode) {
  const auto file = testing::TempDir() + "rollcall_profile_test.toml";
  std::ofstream{file} << text;
  std::filesystem::permissions(file, mode);
  return file;
}

constexpr auto own = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
constexpr auto open = own | std::filesystem::perms::others_read;

TEST(profile, gives_the_table_of_that_name) {
  const auto file =
      write("[default]\nendpoint = \"https://a:1\"\nca_file = \"ca.crt\"\n[other]\nsecret_key = \"s\"\n", own);
  EXPECT_EQ(load_profile(file, "default")->endpoint, "https://a:1");
  EXPECT_EQ(load_profile(file, "default")->ca_file, "ca.crt");
  EXPECT_EQ(load_profile(file, "other")->secret_key, "s");
  EXPECT_EQ(load_profile(file, "third").failure().message, "there is no profile [third] in " + file);
}

TEST(profile, a_secret_must_not_be_open_to_others) {
  const auto with_secret = write("[default]\nsecret_key = \"s\"\n", open);
  EXPECT_EQ(load_profile(with_secret, "default").failure().message,
            with_secret + " holds a secret and is open to others: chmod 600 " + with_secret);
  EXPECT_TRUE(load_profile(write("[default]\nregion = \"r\"\n", open), "default"));
}

TEST(profile, wrong_files_are_errors_with_a_line) {
  const auto unknown = write("[default]\n\nsecret = \"s\"\n", own);
  EXPECT_EQ(load_profile(unknown, "default").failure().message,
            unknown + ":3: a profile has endpoint, ca_file, access_key, secret_key and region, no 'secret'");
  const auto number = write("[default]\nregion = 3\n", own);
  EXPECT_EQ(load_profile(number, "default").failure().message, number + ":2: region must be a text");
  EXPECT_TRUE(load_profile(write("= 3", own), "default").failure().message.find(":1: not TOML: ") != std::string::npos);
  EXPECT_EQ(load_profile("/nonexistent/profiles.toml", "default").failure().code, core::error_code::not_found);
}

} // namespace
} // namespace rollcall::config
