#include "core/digest.hpp"

#include <gtest/gtest.h>

#include <fstream>

using namespace rollcall::core;

// FIPS 180-4's example and RFC 4231's second case.
TEST(digest, sha256_and_hmac_match_published_vectors) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256({}, as_bytes(""))), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(digest, file_digest_equals_digest_of_its_bytes) {
  const auto file = std::filesystem::path(testing::TempDir()) / "digest_test.bin";
  const std::string content(200'000, 'x');
  std::ofstream(file, std::ios::binary) << content;
  const auto digest = sha256_file(file);
  ASSERT_TRUE(digest);
  EXPECT_EQ(*digest, sha256(as_bytes(content)));
  std::filesystem::remove(file);
  const auto missing = sha256_file(file);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.failure().code, error_code::not_found);
}

TEST(digest, hex_goes_both_ways_and_refuses_other_text) {
  const bytes input{0x00, 0x7f, 0xff};
  EXPECT_EQ(to_hex(input), "007fff");
  EXPECT_EQ(*from_hex("007FfF"), input);
  for (const auto* bad : {"0", "0g", "00 1", "zz"})
    EXPECT_FALSE(from_hex(bad)) << bad;
  EXPECT_TRUE(from_hex("")->empty());
}

TEST(digest, constant_time_equality_compares_all_bytes_and_lengths) {
  EXPECT_TRUE(equal_constant_time(as_bytes("same"), as_bytes("same")));
  EXPECT_FALSE(equal_constant_time(as_bytes("same"), as_bytes("sama")));
  EXPECT_FALSE(equal_constant_time(as_bytes("same"), as_bytes("sam")));
  EXPECT_NE(random_bytes(16), random_bytes(16));
}
