#include "wire/base64.hpp"

#include <gtest/gtest.h>

#include <random>

namespace rollcall::wire {
namespace {

std::optional<std::string> decoded(std::string_view text) {
  const auto bytes = decode_base64(text);
  return bytes ? std::optional{std::string{core::as_text(*bytes)}} : std::nullopt;
}

// RFC 4648, section 10.
TEST(base64, reads_and_writes_the_vectors_of_the_rfc) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\xFB\xFF\xBF", "+/+/"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(encode_base64(core::as_bytes(plain)), text);
    EXPECT_EQ(decoded(text), plain);
    EXPECT_EQ(base64_decoded_size(text), plain.size());
  }
}

TEST(base64, refuses_what_is_not_canonical) {
  for (const std::string text :
       {"Z",    "Zg",    "Zg=",      "Zm9",      "Zm9vZ", "====", "=",      "==",         "Zg===",
        "Z===", "Zm9v=", "Zm9v====", "Zg==Zm9v", "Z=g=",  "Zm=v", "Zm9v\n", "Zm9v\nZg==", " Zm9v",
        "Zm 9", "Zm-_",  "Zm9\xC3",  "Zh==",     "Zm9=",  "Zn==", "A=AA",   "AA=A"})
    EXPECT_EQ(decoded(text), std::nullopt) << text;
}

TEST(base64, finds_a_foreign_character_at_every_place) {
  const core::bytes plain(64, 0xA7);
  const auto good = encode_base64(plain);
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char foreign : {'\0', ' ', '-', '\x7F', '\x80', '\xFF'}) {
      auto bad = good;
      bad[i] = foreign;
      EXPECT_EQ(decode_base64(bad), std::nullopt) << i;
    }
}

TEST(base64, round_trips_random_bytes_of_every_length) {
  std::mt19937 random{4648};
  for (std::size_t size = 0; size < 300; ++size) {
    core::bytes plain(size);
    for (auto& byte : plain)
      byte = static_cast<std::uint8_t>(random());
    EXPECT_EQ(decode_base64(encode_base64(plain)), plain) << size;
  }
}

} // namespace
} // namespace rollcall::wire
