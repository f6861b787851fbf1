// A full or read-only disk: the call says so, nothing stored is lost, and it works again when there is room.
#include "store/sqlite_store.hpp"

#include "tests/contract/store_audit.hpp"
#include "tests/contract/store_fixture.hpp"

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace rollcall::store::testing {

namespace {

/// A small file system of its own; needs the right to mount.
class small_disk {
public:
  explicit small_disk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directories(at_);
    is_mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=3m,mode=0700") == 0;
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (is_mounted_)
      ::umount2(at_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool is_mounted() const { return is_mounted_; }
  [[nodiscard]] bool make_read_only() const {
    return ::mount("tmpfs", at_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=3m") == 0;
  }

private:
  std::filesystem::path at_;
  bool is_mounted_ = false;
};

class disk : public ::testing::Test {
protected:
  /// Adds faces, one a call, until a call fails or `most` are there. Gives the error, if any.
  std::optional<core::error> fill(store& into, std::uint64_t most = 20'000) {
    for (; added_ < most; ++added_) {
      const auto face = make_face(added_, 512);
      auto outcome = into.add_faces(key_, {&face, 1});
      if (!outcome)
        return outcome.failure();
    }
    return std::nullopt;
  }
  void expect_intact(store& in) {
    EXPECT_EQ(in.count(key_)->faces, added_);
    for (std::uint64_t seed = 0; seed < added_; ++seed) {
      const auto face = make_face(seed, 512);
      const auto found = in.find_face(key_, face.face.id);
      ASSERT_SUCCESS(found);
      ASSERT_EQ(found->embedding, face.embedding);
    }
  }

  const core::collection_key key_ = make_collection("c").key;
  std::uint64_t added_ = 0;
  test::temp_dir directory_;
  std::filesystem::path place_ = directory_.path() / "disk";
};

TEST_F(disk, a_full_database_keeps_what_it_has) {
  {
    sqlite_settings small;
    small.max_database_pages = 100;
    auto opened = open_sqlite_store(place_, small);
    ASSERT_SUCCESS(opened);
    ASSERT_SUCCESS((*opened)->create_collection(make_collection("c"), {}));
    const auto failed = fill(**opened);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code, core::error_code::storage_full) << failed->message;
    EXPECT_NE(failed->message.find(place_.string()), std::string::npos) << failed->message;
    EXPECT_GT(added_, 50U);
    expect_intact(**opened);
    // Removals make room.
    std::vector<face_with_embedding> faces;
    std::vector<core::face_id> ids;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      faces.push_back(make_face(seed, 512));
      ids.push_back(faces.back().face.id);
    }
    ASSERT_SUCCESS((*opened)->remove_faces(key_, ids));
    EXPECT_EQ((*opened)->count(key_)->faces, added_ - 20);
    ASSERT_SUCCESS((*opened)->add_faces(key_, std::span(faces).first(10)));
    ASSERT_SUCCESS((*opened)->remove_faces(key_, std::span(ids).first(10)));
    ASSERT_SUCCESS((*opened)->add_faces(key_, std::span(faces).first(5)));
  }
  EXPECT_EQ(audit(place_), "");
  auto opened = open_sqlite_store(place_);
  ASSERT_SUCCESS(opened);
  EXPECT_FALSE(fill(**opened, added_ + 50));
  std::vector<face_with_embedding> lost; // those that the removals above left out
  for (std::uint64_t seed = 5; seed < 20; ++seed)
    lost.push_back(make_face(seed, 512));
  ASSERT_SUCCESS((*opened)->add_faces(key_, lost));
  expect_intact(**opened);
}

TEST_F(disk, a_full_disk_keeps_what_it_has) {
  const small_disk mounted(place_);
  if (!mounted.is_mounted())
    GTEST_SKIP() << "this user may not mount a small disk: " << std::strerror(errno);
  {
    auto opened = open_sqlite_store(place_);
    ASSERT_SUCCESS(opened);
    ASSERT_SUCCESS((*opened)->create_collection(make_collection("c"), {}));
    const auto failed = fill(**opened);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code, core::error_code::storage_full) << failed->message << failed->context;
    EXPECT_NE(failed->message.find(place_.string()), std::string::npos) << failed->message;
    EXPECT_GT(added_, 20U);
    expect_intact(**opened);
  }
  auto opened = open_sqlite_store(place_);
  ASSERT_SUCCESS(opened);
  expect_intact(**opened);
  opened->reset();
  EXPECT_EQ(audit(place_), "");
}

TEST_F(disk, a_disk_that_has_no_room_at_all_is_refused) {
  const small_disk mounted(place_);
  if (!mounted.is_mounted())
    GTEST_SKIP() << "this user may not mount a small disk: " << std::strerror(errno);
  std::ofstream(place_ / "ballast") << std::string(3 << 20, 'x');
  const auto opened = open_sqlite_store(place_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.failure().code, core::error_code::storage_full) << why(opened);
}

TEST_F(disk, a_read_only_directory_is_refused) {
  const small_disk mounted(place_);
  if (!mounted.is_mounted())
    GTEST_SKIP() << "this user may not mount a small disk: " << std::strerror(errno);
  {
    auto opened = open_sqlite_store(place_);
    ASSERT_SUCCESS(opened);
    ASSERT_SUCCESS((*opened)->create_collection(make_collection("c"), {}));
    EXPECT_FALSE(fill(**opened, 10));
  }
  ASSERT_TRUE(mounted.make_read_only()) << std::strerror(errno);
  const auto opened = open_sqlite_store(place_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.failure().code, core::error_code::storage_full) << why(opened);
  EXPECT_NE(opened.failure().message.find(place_.string()), std::string::npos) << why(opened);
}

} // namespace

} // namespace rollcall::store::testing
