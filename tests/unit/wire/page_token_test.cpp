#include "wire/page_token.hpp"

#include <gtest/gtest.h>

#include <random>

namespace rollcall::wire {
namespace {

const core::bytes key(32, 0x5A);
const std::string alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:";

list_faces_request listing() {
  list_faces_request request;
  request.collection_id = "staff";
  return request;
}

TEST(page_token, gives_back_the_last_key) {
  const auto scope = scope_of(listing());
  for (const std::string last : {"11111111-2222-3333-4444-555555555555", "a", "0", "00", ":", "user:1.2_3-4"}) {
    const auto token = make_page_token(key, scope, last);
    const auto opened = open_page_token(key, scope, token);
    ASSERT_TRUE(opened) << token;
    EXPECT_EQ(*opened, last);
  }
}

TEST(page_token, fits_in_255_printable_characters_for_every_length_of_key) {
  std::mt19937 random{255};
  for (std::size_t length = 1; length <= 255; ++length)
    for (const bool is_highest : {true, false}) {
      std::string last(length, ':');
      for (auto& c : last)
        c = is_highest ? ':' : alphabet[random() % alphabet.size()];
      const auto token = make_page_token(key, {operation::list_collections, {}}, last);
      EXPECT_LE(token.size(), max_page_token_length);
      EXPECT_EQ(token.find_first_of(" \"'\\"), token.npos);
      EXPECT_EQ(*open_page_token(key, {operation::list_collections, {}}, token), last);
    }
}

TEST(page_token, is_bound_to_operation_and_parameters) {
  const auto token = make_page_token(key, scope_of(listing()), "11111111-2222-3333-4444-555555555555");
  const auto refused = [&](const page_scope& scope) {
    const auto opened = open_page_token(key, scope, token);
    return !opened && opened.failure().code == core::error_code::invalid_token;
  };
  auto other = listing();
  other.collection_id = "guests";
  EXPECT_TRUE(refused(scope_of(other)));
  other.collection_id = "stuff";
  EXPECT_TRUE(refused(scope_of(other))) << "as long as the other";
  other = listing();
  other.user_id = "u";
  EXPECT_TRUE(refused(scope_of(other)));
  other = listing();
  other.face_ids.emplace(1);
  EXPECT_TRUE(refused(scope_of(other)));
  list_users_request users;
  users.collection_id = "staff";
  EXPECT_TRUE(refused(scope_of(users)));
  EXPECT_TRUE(refused({operation::list_users, scope_of(listing()).parameters}));
  other = listing();
  other.max_results = 7;
  other.next_token = token;
  EXPECT_FALSE(refused(scope_of(other))) << "the page size may change between pages";
}

TEST(page_token, keeps_parameters_apart) {
  auto one = listing();
  one.collection_id = "ab";
  one.user_id = "c";
  auto two = listing();
  two.collection_id = "a";
  two.user_id = "bc";
  EXPECT_NE(scope_of(one).parameters, scope_of(two).parameters);
}

TEST(page_token, of_another_key_is_refused) {
  const auto token = make_page_token(core::bytes(32, 1), scope_of(listing()), "a");
  EXPECT_FALSE(open_page_token(key, scope_of(listing()), token));
}

TEST(page_token, refuses_every_changed_cut_or_lengthened_token) {
  const auto scope = scope_of(listing());
  const auto token = make_page_token(key, scope, "11111111-2222-3333-4444-555555555555");
  for (std::size_t i = 0; i < token.size(); ++i) {
    EXPECT_FALSE(open_page_token(key, scope, token.substr(0, i)));
    for (const char other : {'A', 'B', '1', '2', '\0', '\xFF', ' '}) {
      auto changed = token;
      changed[i] = other;
      EXPECT_EQ(open_page_token(key, scope, changed).has_value(), changed == token) << i;
    }
  }
  EXPECT_FALSE(open_page_token(key, scope, token + "A"));
  EXPECT_FALSE(open_page_token(key, scope, "1A" + token.substr(1))) << "a leading zero digit";
  EXPECT_FALSE(open_page_token(key, scope, "1" + token));
  for (const std::string junk : {"", "1", "2", "12", "abc", "not a token", "AAAA"})
    EXPECT_FALSE(open_page_token(key, scope, junk));
  EXPECT_FALSE(open_page_token(key, scope, std::string(255, '1')));
  EXPECT_FALSE(open_page_token(key, scope, "2" + std::string(254, '~')));
  EXPECT_FALSE(open_page_token(key, scope, std::string(1'000'000, '1')));
}

} // namespace
} // namespace rollcall::wire
