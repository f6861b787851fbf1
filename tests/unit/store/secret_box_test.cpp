#include "store/secret_box.hpp"

#include "tests/contract/store_fixture.hpp"

#include <fstream>

namespace rollcall::store {

namespace {

class secret_box_test : public ::testing::Test {
protected:
  secret_box open() const {
    auto box = secret_box::open(file_, true);
    EXPECT_TRUE(box) << testing::why(box);
    return *std::move(box);
  }

  test::temp_dir directory_;
  std::filesystem::path file_ = directory_.path() / "secrets.key";
};

TEST_F(secret_box_test, unseals_what_it_sealed_after_a_restart) {
  const auto sealed = open().seal("wJalrXUtnFEMI", "RKIA1");
  const auto secret = open().unseal(sealed, "RKIA1");
  ASSERT_SUCCESS(secret);
  EXPECT_EQ(*secret, "wJalrXUtnFEMI");
}

TEST_F(secret_box_test, seals_the_same_secret_differently_each_time) {
  const auto box = open();
  EXPECT_NE(box.seal("s", "l"), box.seal("s", "l"));
  EXPECT_EQ(*box.unseal(box.seal("", ""), ""), "");
}

TEST_F(secret_box_test, tells_any_changed_byte) {
  const auto box = open();
  const auto sealed = box.seal("secret", "label");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    EXPECT_FAILURE(box.unseal(changed, "label"), corrupt);
  }
  EXPECT_FAILURE(box.unseal(sealed, "another"), corrupt);
  EXPECT_FAILURE(box.unseal(core::byte_view(sealed).first(27), "label"), corrupt);
  EXPECT_FAILURE(box.unseal({}, "label"), corrupt);
}

TEST_F(secret_box_test, another_key_opens_nothing) {
  const auto sealed = open().seal("secret", "label");
  std::filesystem::remove(file_);
  EXPECT_FAILURE(open().unseal(sealed, "label"), corrupt);
}

TEST_F(secret_box_test, makes_a_private_file_and_no_second_one) {
  open();
  EXPECT_EQ(std::filesystem::file_size(file_), 32U);
  EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms(0600));
  EXPECT_FALSE(std::filesystem::exists(file_.string() + ".new"));
}

TEST_F(secret_box_test, refuses_a_missing_open_or_short_file) {
  EXPECT_FAILURE(secret_box::open(file_, false), corrupt);
  EXPECT_FALSE(std::filesystem::exists(file_));
  open();
  std::filesystem::permissions(file_, std::filesystem::perms(0640));
  EXPECT_FAILURE(secret_box::open(file_, true), invalid_config);
  std::filesystem::permissions(file_, std::filesystem::perms(0600));
  std::filesystem::resize_file(file_, 31);
  EXPECT_FAILURE(secret_box::open(file_, true), corrupt);
}

} // namespace

} // namespace rollcall::store
