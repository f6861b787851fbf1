#include "wire/json_document.hpp"

#include "wire/codec.hpp"

#include <gmock/gmock.h>

namespace rollcall::wire {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text) {
  const auto parsed = json_document::parse(text);
  if (parsed)
    return {};
  EXPECT_EQ(parsed.failure().code, core::error_code::malformed);
  return parsed.failure().message;
}

TEST(json_document, reads_an_object_and_takes_nothing_for_an_empty_one) {
  const auto parsed = json_document::parse(R"({"a": 1, "b": {"c": [true, null]}})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->root().size(), 2U);
  EXPECT_TRUE(json_document::parse("")->root().empty());
  EXPECT_TRUE(json_document::parse(" { } \n")->root().empty());
}

TEST(json_document, refuses_what_is_not_one_object) {
  for (const std::string text : {" ",
                                 "{",
                                 "}",
                                 "{}{}",
                                 "{} x",
                                 "[]",
                                 "1",
                                 "null",
                                 "\"a\"",
                                 "{a:1}",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "{'a':1}",
                                 "{\"a\":01}",
                                 "{\"a\":+1}",
                                 "{\"a\":NaN}",
                                 "{\"a\":Infinity}",
                                 "{\"a\":\"\n\"}",
                                 "{\"a\":\"\\x\"}",
                                 "{\"a\":\"\\ud800\"}",
                                 "{\"a\":\"\xFF\"}",
                                 "{\"a\":\"\xC0\x80\"}",
                                 "\xEF\xBB\xBF{}",
                                 "{\"a\":1}//",
                                 "{\"a\":tru}",
                                 "{}\x01"})
    EXPECT_THAT(refusal(text), HasSubstr("not well-formed JSON")) << text;
}

TEST(json_document, bounds_depth) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(refusal(nested(15)), "");
  EXPECT_NE(refusal(nested(16)), "");
  EXPECT_NE(refusal(nested(1'000'000)), "");
}

TEST(json_document, bounds_size) {
  const std::string head = "{\"a\":\"";
  const std::string tail = "\"}";
  const auto room = max_body_bytes - head.size() - tail.size();
  EXPECT_EQ(refusal(head + std::string(room, 'x') + tail), "");
  EXPECT_THAT(refusal(head + std::string(room + 1, 'x') + tail), HasSubstr("longer than"));
}

TEST(json_document, bounds_memory_by_the_size_of_the_text) {
  std::string text = "{\"a\":[0";
  for (int i = 0; i < 4'000'000; ++i)
    text += ",0";
  text += "]}";
  EXPECT_THAT(refusal(text), HasSubstr("too many values"));
}

TEST(json_document, stays_valid_when_moved) {
  auto parsed = json_document::parse(R"({"a": "a text that is too long to be kept within the value itself"})");
  ASSERT_TRUE(parsed);
  const json_document moved = *std::move(parsed);
  EXPECT_EQ(moved.root().size(), 1U);
}

} // namespace
} // namespace rollcall::wire
