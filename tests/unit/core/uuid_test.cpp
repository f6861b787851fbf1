#include "core/uuid.hpp"

#include <gtest/gtest.h>

using namespace rollcall::core;

TEST(uuid, text_goes_both_ways) {
  const auto id = random_uuid();
  const auto text = to_string(id);
  EXPECT_EQ(text.size(), 36U);
  EXPECT_EQ(text[14], '4');
  EXPECT_EQ(parse_uuid(text), id);
}

TEST(uuid, refuses_every_other_form) {
  const std::string good = "0123abcd-0000-4000-8000-00000000ffff";
  ASSERT_TRUE(parse_uuid(good));
  for (const auto* bad :
       {"", "0123abcd", "0123ABCD-0000-4000-8000-00000000ffff", "0123abcd-0000-4000-8000-00000000fffg",
        "0123abcd00000-4000-8000-00000000ffff", "0123abcd-0000-4000-8000-00000000ffff0"})
    EXPECT_FALSE(parse_uuid(bad)) << bad;
}

TEST(uuid, the_same_name_has_the_same_id_and_spaces_are_apart) {
  const auto space = random_uuid();
  EXPECT_EQ(named_uuid(space, as_bytes("a")), named_uuid(space, as_bytes("a")));
  EXPECT_NE(named_uuid(space, as_bytes("a")), named_uuid(space, as_bytes("b")));
  EXPECT_NE(named_uuid(space, as_bytes("a")), named_uuid(random_uuid(), as_bytes("a")));
  EXPECT_EQ(to_string(named_uuid(space, as_bytes("a")))[14], '8');
}

TEST(uuid, order_is_that_of_the_text) {
  for (int i = 0; i < 100; ++i) {
    const auto a = random_uuid();
    const auto b = random_uuid();
    EXPECT_EQ(a < b, to_string(a) < to_string(b));
  }
}
