#include "wire/patterns.hpp"

#include "wire/unicode_classes.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace rollcall::wire {
namespace {

/// Every pattern that std::regex can read is compared with it, character by character.
TEST(patterns, agree_with_their_expressions_on_every_ascii_character) {
  for (const auto one : {pattern::collection_id, pattern::user_id, pattern::client_token, pattern::bucket}) {
    const std::regex expression{std::string{expression_of(one)}};
    for (int c = 1; c < 128; ++c)
      for (const auto& text : {std::string(1, static_cast<char>(c)), std::string{"a"} + static_cast<char>(c),
                               static_cast<char>(c) + std::string{"a"}})
        EXPECT_EQ(matches(one, text), std::regex_match(text, expression)) << expression_of(one) << ' ' << text;
    EXPECT_EQ(matches(one, ""), std::regex_match("", expression));
    EXPECT_FALSE(matches(one, std::string_view{"a\0b", 3}));
    EXPECT_FALSE(matches(one, "\xC3\xA9"));
  }
}

TEST(patterns, agree_with_their_expressions_on_arns) {
  const std::string account = ":123456789012:";
  for (const auto one : {pattern::kinesis_arn, pattern::role_arn, pattern::topic_arn}) {
    const std::regex expression{std::string{expression_of(one)}};
    for (const std::string service : {"kinesis", "kinesisvideo", "iam", "sns", ""})
      for (const std::string partition : {"arn:aws:", "arn:aws-cn:", "arn::", "aws:", "arn:AWS:"})
        for (const std::string region : {"eu-west-1", "", "EU", "a:b"})
          for (const auto& number : {account, std::string{":12345678901:"}, std::string{":abcdefghij_0:"}})
            for (const std::string resource :
                 {"", "t", "role", "role/", "role/a b", "role/a/b+=,.@-_", "rolex", "a:b\n"}) {
              const auto arn = partition + service + ":" + region + number + resource;
              EXPECT_EQ(matches(one, arn), std::regex_match(arn, expression)) << expression_of(one) << ' ' << arn;
            }
    EXPECT_FALSE(matches(one, ""));
  }
}

TEST(patterns, take_only_whole_lower_case_uuids) {
  EXPECT_TRUE(matches(pattern::uuid, "0123abcd-0123-abcd-0123-0123456789ab"));
  for (const std::string text : {"", "0123abcd-0123-abcd-0123-0123456789a", "0123abcd-0123-abcd-0123-0123456789abc",
                                 "0123ABCD-0123-abcd-0123-0123456789ab", "0123abcd0123abcd01230123456789ab",
                                 "0123abcg-0123-abcd-0123-0123456789ab", "{0123abcd-0123-abcd-0123-0123456789ab}",
                                 "0123abcd-0123-abcd-0123-0123456789ab\n"})
    EXPECT_FALSE(matches(pattern::uuid, text)) << text;
}

TEST(patterns, take_letters_digits_and_separators_of_every_script_in_tags) {
  for (const std::string text :
       {"", "plain", "_.:/=+-@ 09", "é", "日本語", "Ωμέγα", "١٢٣", "𝒜", "a\u00A0b", "xaws:", "AWS:"})
    EXPECT_TRUE(matches(pattern::tag_key, text)) << text;
  for (const std::string text :
       {"a,b", "a;b", "a!b", "a#b", "a*b", "\x01", "a\tb", "a\nb", "≈", "😀", "\u200B", "é\u0301"})
    EXPECT_FALSE(matches(pattern::tag_key, text)) << text;
  EXPECT_FALSE(matches(pattern::tag_key, "aws:x"));
  EXPECT_TRUE(matches(pattern::tag_value, "aws:x"));
}

TEST(patterns, classify_characters_at_the_edges_of_their_ranges) {
  for (const char32_t inside : {U' ', U'0', U'9', U'A', U'Z', U'a', U'z', U'\u00AA', U'\u3042', U'\U0002A6DF'})
    EXPECT_TRUE(is_letter_number_or_separator(inside)) << static_cast<unsigned>(inside);
  for (const char32_t outside : {U'\0', U'/', U':', U'@', U'[', U'`', U'{', U'\u00D7', U'\U0010FFFF'})
    EXPECT_FALSE(is_letter_number_or_separator(outside)) << static_cast<unsigned>(outside);
}

TEST(patterns, count_characters_not_bytes) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("aé日𝒜"), 4U);
  EXPECT_EQ(first_characters("aé日𝒜", 3), "aé日");
  EXPECT_EQ(first_characters("aé", 9), "aé");
  EXPECT_EQ(first_characters("aé", 0), "");
}

} // namespace
} // namespace rollcall::wire
