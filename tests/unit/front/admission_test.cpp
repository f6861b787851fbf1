#include "front/admission.hpp"

#include "front/sigv4.hpp"

#include <gtest/gtest.h>

namespace rollcall::front {
namespace {

using core::error_code;
using store::role;

class fixed_clock final : public core::wall_clock {
public:
  [[nodiscard]] core::wall_time now() const override { return time; }
  core::wall_time time{std::chrono::milliseconds{1'767'225'600'000}}; // 2026-01-01T00:00:00Z
};

store::api_key make_key(std::string name, role allowed, std::vector<std::string> collections = {}) {
  store::api_key key;
  key.access_key = "RKIA" + name;
  key.secret = "secret of " + name;
  key.name = std::move(name);
  key.allowed = allowed;
  key.collections = std::move(collections);
  return key;
}

http_request make_request(std::string body = "{}") {
  http_request request;
  request.method = "POST";
  request.path = "/";
  request.body = body_buffer{std::string_view{body}};
  request.headers = {{"Host", "127.0.0.1:8080"},
                     {"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", "RekognitionService.ListCollections"}};
  return request;
}

void sign_as(http_request& request, const store::api_key& key, core::wall_time now) {
  std::vector<header_field> fields;
  for (const auto& header : request.headers)
    fields.push_back({header.name, header.value});
  const signed_request unsigned_one{
      request.method, request.path, request.query, fields, core::as_bytes(request.body.view()), now};
  const auto made = sign(unsigned_one, {key.access_key, key.secret, "us-east-1"});
  request.headers.push_back({"X-Amz-Date", made.amz_date});
  request.headers.push_back({"Authorization", made.authorization});
}

struct admission_test : testing::Test {
  fixed_clock clock;
  admission closed{clock, {}, false};
  admission on_loopback{clock, {}, true};
  store::api_key writer = make_key("writer", role::write);
};

TEST_F(admission_test, refuses_all_until_the_keys_are_read) {
  const auto request = make_request();
  EXPECT_EQ(on_loopback.admit(request).failure().code, error_code::not_ready);
  EXPECT_FALSE(on_loopback.is_open());
}

TEST_F(admission_test, serves_everybody_on_loopback_while_no_key_exists) {
  on_loopback.use_keys({});
  EXPECT_TRUE(on_loopback.is_open());
  const auto who = on_loopback.admit(make_request());
  ASSERT_TRUE(who);
  EXPECT_EQ(who->principal, "anonymous");
  EXPECT_EQ(who->allowed, role::admin);
}

TEST_F(admission_test, serves_nobody_elsewhere_while_no_key_exists) {
  closed.use_keys({});
  EXPECT_FALSE(closed.is_open());
  EXPECT_EQ(closed.admit(make_request()).failure().code, error_code::missing_authentication);
}

TEST_F(admission_test, keeps_foreign_names_out_of_an_open_node) {
  on_loopback.use_keys({});
  auto request = make_request();
  request.headers[0].value = "evil.example:8080";
  EXPECT_EQ(on_loopback.admit(request).failure().code, error_code::access_denied);
}

TEST_F(admission_test, demands_signatures_once_a_key_exists_even_a_revoked_one) {
  writer.revoked = clock.now();
  on_loopback.use_keys({writer});
  EXPECT_FALSE(on_loopback.is_open());
  EXPECT_EQ(on_loopback.admit(make_request()).failure().code, error_code::missing_authentication);
}

TEST_F(admission_test, names_the_author_and_the_purpose_of_a_signed_request) {
  closed.use_keys({writer});
  auto request = make_request();
  request.headers.push_back({"x-rollcall-purpose", "missing person 17"});
  sign_as(request, writer, clock.now());
  const auto who = closed.admit(request);
  ASSERT_TRUE(who) << who.failure().message;
  EXPECT_EQ(who->principal, "writer");
  EXPECT_EQ(who->access_key, writer.access_key);
  EXPECT_EQ(who->purpose, "missing person 17");
  EXPECT_EQ(who->allowed, role::write);
}

TEST_F(admission_test, tells_an_unknown_or_revoked_key_from_a_wrong_signature) {
  closed.use_keys({writer});
  auto unknown = make_request();
  sign_as(unknown, make_key("stranger", role::admin), clock.now());
  EXPECT_EQ(closed.admit(unknown).failure().code, error_code::unknown_client);

  auto forged = make_request();
  auto impostor = writer;
  impostor.secret = "another secret";
  sign_as(forged, impostor, clock.now());
  EXPECT_EQ(closed.admit(forged).failure().code, error_code::invalid_signature);

  auto good = make_request();
  sign_as(good, writer, clock.now());
  EXPECT_TRUE(closed.admit(good));
  writer.revoked = clock.now();
  closed.use_keys({writer});
  EXPECT_EQ(closed.admit(good).failure().code, error_code::unknown_client);
}

TEST_F(admission_test, refuses_a_changed_body_and_a_clock_that_is_off) {
  closed.use_keys({writer});
  auto changed = make_request(R"({"MaxResults":1})");
  sign_as(changed, writer, clock.now());
  changed.body = body_buffer{std::string_view{R"({"MaxResults":2})"}};
  EXPECT_EQ(closed.admit(changed).failure().code, error_code::invalid_signature);

  auto late = make_request();
  sign_as(late, writer, clock.now() - std::chrono::minutes{6});
  EXPECT_EQ(closed.admit(late).failure().code, error_code::invalid_signature);
}

TEST_F(admission_test, refuses_a_purpose_that_does_not_belong_into_a_log) {
  on_loopback.use_keys({});
  for (const auto& purpose : {std::string(257, 'x'), std::string{"a\tb"}}) {
    auto request = make_request();
    request.headers.push_back({"x-rollcall-purpose", purpose});
    EXPECT_EQ(on_loopback.admit(request).failure().code, error_code::constraint_violation);
  }
}

TEST_F(admission_test, knows_the_author_of_a_curve_key_until_it_is_revoked) {
  EXPECT_EQ(closed.admit_curve("key", "").failure().code, error_code::not_ready);
  writer.curve_key = "key";
  closed.use_keys({writer, make_key("reader", role::search)});
  const auto who = closed.admit_curve("key", "a case");
  ASSERT_TRUE(who);
  EXPECT_EQ(who->principal, "writer");
  EXPECT_EQ(who->access_key, writer.access_key);
  EXPECT_EQ(who->purpose, "a case");
  EXPECT_EQ(who->allowed, role::write);
  EXPECT_EQ(closed.admit_curve("", "").failure().code, error_code::unknown_client); // the reader's is no key
  EXPECT_EQ(closed.admit_curve("key", "a\nline").failure().code, error_code::constraint_violation);
  const auto before = closed.curve_keys();
  closed.use_keys({writer});
  EXPECT_EQ(closed.curve_keys(), before) << "the same while they are the same";
  writer.revoked = clock.now();
  closed.use_keys({writer});
  EXPECT_EQ(closed.admit_curve("key", "").failure().code, error_code::unknown_client);
  EXPECT_TRUE(closed.curve_keys()->empty());
}

TEST_F(admission_test, orders_roles_search_write_admin) {
  constexpr std::array roles{role::search, role::write, role::admin};
  for (const auto has : roles)
    for (const auto needs : roles) {
      caller who;
      who.allowed = has;
      EXPECT_EQ(closed.permit(who, {"a", needs, ""}).has_value(), has >= needs);
    }
}

TEST_F(admission_test, holds_a_key_to_its_collections) {
  caller who;
  who.principal = "desk";
  who.collections = {"staff"};
  EXPECT_TRUE(closed.permit(who, {"rekognition:SearchFaces", role::search, "staff"}));
  EXPECT_TRUE(closed.permit(who, {"rekognition:DetectFaces", role::search, ""}));
  const auto refused = closed.permit(who, {"rekognition:SearchFaces", role::search, "guests"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, error_code::access_denied);
  EXPECT_EQ(refused.failure().message,
            "User: arn:aws:iam::000000000000:user/desk is not authorized to perform: rekognition:SearchFaces on "
            "resource: arn:aws:rekognition:us-east-1:000000000000:collection/guests");
}

TEST(loopback_name, knows_the_names_of_this_machine) {
  for (const auto* name : {"localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:80", "127.9.9.9", "[::1]", "[::1]:80"})
    EXPECT_TRUE(is_loopback_name(name)) << name;
  for (const auto* name : {"", "localhost.evil.com", "127.0.0.1.evil.com", "10.0.0.1", "[::2]:80", "example.com"})
    EXPECT_FALSE(is_loopback_name(name)) << name;
}

} // namespace
} // namespace rollcall::front
