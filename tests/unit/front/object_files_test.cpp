#include "front/object_files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace rollcall::front {
namespace {

namespace fs = std::filesystem;
using core::error_code;

struct object_files_test : testing::Test {
  object_files_test() {
    root = fs::temp_directory_path() / ("rollcall_object_files_" + core::to_string(core::random_uuid()));
    fs::create_directories(root / "bucket" / "sub");
    write(root / "secret.jpg", "secret");
    write(root / "bucket" / "a.jpg", "picture");
    write(root / "bucket" / "sub" / "b.jpg", "below");
    fs::create_symlink("../secret.jpg", root / "bucket" / "link.jpg");
    fs::create_directory_symlink("..", root / "bucket" / "up");
    fs::create_symlink("a.jpg", root / "bucket" / "inner.jpg");
    ::mkfifo((root / "bucket" / "pipe").c_str(), 0600);
  }
  ~object_files_test() override { fs::remove_all(root); }

  static void write(const fs::path& file, std::string_view text) { std::ofstream{file} << text; }

  [[nodiscard]] core::result<core::bytes> read(std::string_view name, std::size_t most = 100) const {
    return read_beneath(root / "bucket", name, most);
  }

  fs::path root;
};

TEST_F(object_files_test, reads_files_of_the_bucket_and_below) {
  const auto top = read("a.jpg");
  ASSERT_TRUE(top);
  EXPECT_EQ(core::as_text(*top), "picture");
  const auto below = read("sub/b.jpg");
  ASSERT_TRUE(below);
  EXPECT_EQ(core::as_text(*below), "below");
}

TEST_F(object_files_test, never_leaves_the_directory) {
  using namespace std::string_view_literals;
  for (const auto name : {"../secret.jpg"sv, "sub/../../secret.jpg"sv, "sub/../a.jpg"sv, "./a.jpg"sv, "/etc/passwd"sv,
                          "//a.jpg"sv, "sub//b.jpg"sv, ""sv, "."sv, ".."sv, "sub/"sv, "a.jpg\0.png"sv,
                          "up/secret.jpg"sv, "link.jpg"sv, "inner.jpg"sv, "up/bucket/a.jpg"sv}) {
    const auto got = read(name);
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.failure().code, error_code::invalid_s3_object) << name;
  }
}

TEST_F(object_files_test, refuses_what_is_not_a_regular_file_at_once) {
  for (const auto* name : {"sub", "pipe", "absent.jpg", "absent/a.jpg", "a.jpg/b"})
    EXPECT_EQ(read(name).failure().code, error_code::invalid_s3_object) << name;
}

TEST_F(object_files_test, refuses_a_file_over_the_limit) {
  EXPECT_TRUE(read("a.jpg", 7));
  EXPECT_EQ(read("a.jpg", 6).failure().code, error_code::image_too_large);
}

} // namespace
} // namespace rollcall::front
