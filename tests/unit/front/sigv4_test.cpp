#include "front/sigv4.hpp"

#include "front/sigv4_canonical.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rollcall::front {
namespace {

using testing::HasSubstr;

constexpr std::string_view secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr std::string_view body_text = R"({"CollectionId": "c1"})";
constexpr std::string_view body_hash = "6648228689b9eef1bd3aba8cd02c4ad79df0514126bd7ba9a1d3ac63ad580a61";
constexpr std::string_view signature_a = "36c26f2ec79322c95b884004129ee4580cf20a4bf101e7c9dd64303822be863b";
constexpr std::string_view signature_b = "266e917b7ed20a3c68fc661d401205571213029751496257c864838c5d68ff12";
constexpr std::string_view credential = "AKIDEXAMPLE/20260101/us-east-1/rekognition/aws4_request";
constexpr std::string_view headers_a = "content-type;host;x-amz-date;x-amz-target";
constexpr std::string_view headers_b = "amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;"
                                       "x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target;"
                                       "x-amz-user-agent";

core::wall_time at(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
}

std::string authorization_text(std::string_view from, std::string_view names, std::string_view signature) {
  return "AWS4-HMAC-SHA256 Credential=" + std::string{from} + ", SignedHeaders=" + std::string{names}
         + ", Signature=" + std::string{signature};
}

/// A request that owns its texts, so that tests can bend each of them.
struct owned_request {
  struct header {
    std::string name;
    std::string value;
  };
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  std::vector<header> headers;
  std::string body{body_text};
  core::wall_time now = at(2026, 1, 1);

  void set(std::string_view name, std::string_view value) {
    for (auto& one : headers)
      if (one.name == name) {
        one.value = value;
        return;
      }
    headers.push_back({std::string{name}, std::string{value}});
  }
  void drop(std::string_view name) {
    std::erase_if(headers, [name](const header& one) { return one.name == name; });
  }
  template <class F>
  auto with(F use) const {
    std::vector<header_field> fields;
    for (const auto& one : headers)
      fields.push_back({one.name, one.value});
    return use(signed_request{method, path, query, fields, core::as_bytes(body), now});
  }
  core::result<authorization> parse(session_tokens tokens = session_tokens::refused) const {
    return with([&](const signed_request& request) { return parse_authorization(request, tokens); });
  }
  /// Parses and verifies; "" for success, else the code's name.
  std::string admit(std::string_view with_secret = secret, session_tokens tokens = session_tokens::refused) const {
    return with([&](const signed_request& request) -> std::string {
      const auto parsed = parse_authorization(request, tokens);
      if (!parsed)
        return std::string{to_string(parsed.failure().code)};
      const auto verified = verify(request, *parsed, with_secret);
      return verified ? "" : std::string{to_string(verified.failure().code)};
    });
  }
};

/// As boto3 signs: four headers.
owned_request vector_a() {
  owned_request request;
  request.headers = {{"Host", "localhost:8080"},
                     {"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Date", "20260101T000000Z"},
                     {"X-Amz-Target", "RekognitionService.DescribeCollection"},
                     {"User-Agent", "Boto3/1.0"}};
  request.set("Authorization", authorization_text(credential, headers_a, signature_a));
  return request;
}

/// As the JavaScript SDK signs: ten headers.
owned_request vector_b() {
  auto request = vector_a();
  request.set("amz-sdk-invocation-id", "d65a2c9a-d055-4a55-94a5-2e0a24e60967");
  request.set("amz-sdk-request", "attempt=1; max=3");
  request.set("content-length", "22");
  request.set("x-amz-content-sha256", body_hash);
  request.set("x-amz-user-agent", "aws-sdk-js/3.1142.0");
  request.set("x-amz-security-token", "SESSIONTOKEN");
  request.set("Authorization", authorization_text(credential, headers_b, signature_b));
  return request;
}

std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> parts;
  while (!names.empty()) {
    const auto end = std::min(names.find(';'), names.size());
    parts.emplace_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return parts;
}

TEST(sigv4, derives_the_published_signing_key) {
  EXPECT_EQ(core::to_hex(signing_key(secret, "20260101", "us-east-1")),
            "be14b04eb4b35e9baf3640a9cb25a88472b020cfa6965b99a99f85faee84feaa");
}

TEST(sigv4, canonical_requests_have_the_published_hashes) {
  const auto hash = [](const owned_request& of, std::string_view names) {
    return of.with([&](const signed_request& request) { return canonical_request_hash(request, split(names)); });
  };
  EXPECT_EQ(hash(vector_a(), headers_a), "6aacb546593272162fa6229e4c2f2b4b4937154fc0af54e300ae25d4f90cb2b7");
  EXPECT_EQ(hash(vector_b(), headers_b), "d9653b9d831228878c939d2f8010cb27fe7535810601e726c99fca5c46224ece");
}

TEST(sigv4, admits_both_vectors) {
  EXPECT_EQ(vector_a().admit(), "");
  EXPECT_EQ(vector_b().admit(secret, session_tokens::ignored), "");
}

TEST(sigv4, reads_every_part_of_the_credential) {
  const auto parsed = vector_a().parse();
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->access_key, "AKIDEXAMPLE");
  EXPECT_EQ(parsed->date, "20260101");
  EXPECT_EQ(parsed->region, "us-east-1");
  EXPECT_EQ(parsed->service, "rekognition");
  EXPECT_EQ(parsed->timestamp, "20260101T000000Z");
  EXPECT_EQ(parsed->signed_headers, split(headers_a));
  EXPECT_EQ(core::to_hex(parsed->signature), signature_a);
}

TEST(sigv4, refuses_a_session_token_unless_told_to_ignore_it) {
  EXPECT_EQ(vector_b().admit(), "unknown_client");
}

TEST(sigv4, refuses_a_wrong_secret_and_every_changed_part) {
  EXPECT_EQ(vector_a().admit("another secret"), "invalid_signature");
  const auto changed = [](auto change) {
    auto request = vector_a();
    change(request);
    return request.admit();
  };
  EXPECT_EQ(changed([](auto& r) { r.body += ' '; }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.body.clear(); }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.method = "GET"; }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.path = "/pre"; }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.query = "a=b"; }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.set("Host", "localhost"); }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.set("X-Amz-Target", "RekognitionService.DeleteCollection"); }),
            "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.set("X-Amz-Date", "20260101T000001Z"); }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.headers.push_back({"content-type", "text/plain"}); }), "invalid_signature");
  EXPECT_EQ(changed([](auto& r) { r.set("User-Agent", "anything"); }), "") << "not signed, so free to change";
}

TEST(sigv4, refuses_each_flipped_digit_of_the_signature) {
  for (std::size_t i = 0; i < signature_a.size(); ++i) {
    std::string flipped{signature_a};
    flipped[i] = flipped[i] == '0' ? '1' : '0';
    auto request = vector_a();
    request.set("Authorization", authorization_text(credential, headers_a, flipped));
    EXPECT_EQ(request.admit(), "invalid_signature") << i;
  }
}

TEST(sigv4, holds_a_stated_payload_hash_against_the_body) {
  auto request = vector_b();
  request.body += ' ';
  EXPECT_EQ(request.admit(secret, session_tokens::ignored), "invalid_signature");
  request = vector_a();
  request.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  EXPECT_EQ(request.admit(), "invalid_signature");
  request.set("x-amz-content-sha256", body_hash);
  EXPECT_EQ(request.admit(), "");
}

TEST(sigv4, squeezes_blanks_and_ignores_case_and_order_of_headers) {
  auto request = vector_b();
  request.set("amz-sdk-request", "  attempt=1; \t  max=3 ");
  std::reverse(request.headers.begin(), request.headers.end());
  for (auto& header : request.headers)
    std::transform(header.name.begin(), header.name.end(), header.name.begin(), ::toupper);
  EXPECT_EQ(request.admit(secret, session_tokens::ignored), "");
}

TEST(sigv4, says_that_authentication_is_missing) {
  auto request = vector_a();
  request.drop("Authorization");
  EXPECT_EQ(request.admit(), "missing_authentication");
  request.query = "X-Amz-Signature=" + std::string{signature_a};
  EXPECT_EQ(request.admit(), "missing_authentication") << "presigned URLs are not read";
}

struct incomplete_case {
  std::string name;
  std::string authorization;
};

class sigv4_incomplete : public testing::TestWithParam<incomplete_case> {};

TEST_P(sigv4_incomplete, is_refused) {
  auto request = vector_a();
  request.set("Authorization", GetParam().authorization);
  EXPECT_EQ(request.admit(), "incomplete_signature");
}

std::vector<incomplete_case> incomplete_cases() {
  const auto with_credential = [](std::string_view text) { return authorization_text(text, headers_a, signature_a); };
  const auto with_headers = [](std::string_view text) { return authorization_text(credential, text, signature_a); };
  const auto with_signature = [](std::string_view text) { return authorization_text(credential, headers_a, text); };
  const std::string good = with_signature(signature_a);
  return {
      {"empty", ""},
      {"algorithm_alone", "AWS4-HMAC-SHA256"},
      {"another_algorithm", "AWS4-ECDSA-P256-SHA256" + good.substr(16)},
      {"basic", "Basic dXNlcjpwYXNz"},
      {"no_credential", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=" + std::string{signature_a}},
      {"no_headers", "AWS4-HMAC-SHA256 Credential=" + std::string{credential} + ", Signature=00"},
      {"no_signature", "AWS4-HMAC-SHA256 Credential=" + std::string{credential} + ", SignedHeaders=host"},
      {"repeated_part", good + ", Signature=" + std::string{signature_a}},
      {"unknown_part", good + ", More=1"},
      {"part_without_value", good + ", More"},
      {"credential_of_four", with_credential("AKIDEXAMPLE/20260101/us-east-1/rekognition")},
      {"credential_of_six", with_credential(std::string{credential} + "/more")},
      {"empty_key", with_credential("/20260101/us-east-1/rekognition/aws4_request")},
      {"long_key", with_credential(std::string(129, 'A') + "/20260101/us-east-1/rekognition/aws4_request")},
      {"key_with_blank", with_credential("A B/20260101/us-east-1/rekognition/aws4_request")},
      {"short_date", with_credential("AKIDEXAMPLE/2026011/us-east-1/rekognition/aws4_request")},
      {"letters_in_date", with_credential("AKIDEXAMPLE/2026010a/us-east-1/rekognition/aws4_request")},
      {"empty_region", with_credential("AKIDEXAMPLE/20260101//rekognition/aws4_request")},
      {"wrong_end", with_credential("AKIDEXAMPLE/20260101/us-east-1/rekognition/aws3_request")},
      {"no_signed_header", with_headers("")},
      {"empty_signed_header", with_headers("content-type;;host;x-amz-date;x-amz-target")},
      {"upper_case_signed_header", with_headers("content-type;Host;x-amz-date;x-amz-target")},
      {"unordered_signed_headers", with_headers("host;content-type;x-amz-date;x-amz-target")},
      {"repeated_signed_header", with_headers("host;host;x-amz-date;x-amz-target")},
      {"host_unsigned", with_headers("content-type;x-amz-date;x-amz-target")},
      {"date_unsigned", with_headers("content-type;host;x-amz-target")},
      {"target_unsigned", with_headers("content-type;host;x-amz-date")},
      {"short_signature", with_signature(signature_a.substr(2))},
      {"odd_signature", with_signature(signature_a.substr(1))},
      {"letters_in_signature", with_signature("zz" + std::string{signature_a.substr(2)})},
  };
}

INSTANTIATE_TEST_SUITE_P(each, sigv4_incomplete, testing::ValuesIn(incomplete_cases()),
                         [](const auto& one) { return one.param.name; });

TEST(sigv4, refuses_repeated_headers_that_decide) {
  for (const std::string name : {"Authorization", "X-Amz-Date", "Host", "X-Amz-Target"}) {
    auto request = vector_a();
    request.headers.push_back({name, "20260101T000000Z"});
    EXPECT_EQ(request.admit(), "incomplete_signature") << name;
  }
}

TEST(sigv4, refuses_a_signed_header_that_is_not_there) {
  auto request = vector_a();
  request.drop("Content-Type");
  EXPECT_EQ(request.admit(), "invalid_signature");
}

TEST(sigv4, keeps_the_clock_window_of_five_minutes) {
  auto request = vector_a();
  request.now = at(2026, 1, 1) + std::chrono::minutes{5};
  EXPECT_EQ(request.admit(), "");
  request.now += std::chrono::milliseconds{1};
  EXPECT_EQ(request.admit(), "invalid_signature");
  request.now = at(2026, 1, 1) + std::chrono::minutes{6};
  EXPECT_EQ(request.parse().failure().message,
            "Signature expired: 20260101T000000Z is now earlier than 20260101T000100Z (20260101T000600Z - 5 min.)");
  request.now = at(2026, 1, 1) - std::chrono::minutes{5};
  EXPECT_EQ(request.admit(), "");
  request.now -= std::chrono::seconds{1};
  EXPECT_THAT(request.parse().failure().message, HasSubstr("Signature not yet current: 20260101T000000Z"));
}

TEST(sigv4, refuses_a_scope_of_another_day_or_service) {
  auto request = vector_a();
  request.set("Authorization",
              authorization_text("AKIDEXAMPLE/20251231/us-east-1/rekognition/aws4_request", headers_a, signature_a));
  EXPECT_THAT(request.parse().failure().message, HasSubstr("'20251231' != '20260101'"));
  request.set("Authorization",
              authorization_text("AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request", headers_a, signature_a));
  EXPECT_EQ(request.admit(), "invalid_signature");
  EXPECT_THAT(request.parse().failure().message, HasSubstr("correct service: 'rekognition'"));
}

TEST(sigv4, needs_a_date_that_can_be_read) {
  for (const std::string date :
       {"", "2026-01-01", "20260101T000000", "20261301T000000Z", "20260230T000000Z", "20260101T240000Z",
        "20260101T006000Z", "20260101T000061Z", "2026010aT000000Z", "20260101T000000+"}) {
    auto request = vector_a();
    request.set("X-Amz-Date", date);
    EXPECT_EQ(request.admit(), "incomplete_signature") << date;
  }
  auto request = vector_a();
  request.drop("X-Amz-Date");
  EXPECT_EQ(request.admit(), "incomplete_signature");
}

TEST(sigv4, takes_a_signed_http_date_in_place_of_amz_date) {
  const core::wall_time expected = at(2026, 1, 1) + std::chrono::hours{13} + std::chrono::seconds{59};
  EXPECT_EQ(parse_timestamp("Thu, 01 Jan 2026 13:00:59 GMT"), expected);
  EXPECT_FALSE(parse_timestamp("Thu, 01 anF 2026 13:00:59 GMT"));
  auto request = vector_a();
  request.drop("X-Amz-Date");
  request.set("Date", "Thu, 01 Jan 2026 00:00:00 GMT");
  request.set("Authorization", authorization_text(credential, "content-type;host;x-amz-target", signature_a));
  EXPECT_EQ(request.admit(), "incomplete_signature") << "date not signed";
  request.set("Authorization", authorization_text(credential, "content-type;date;host;x-amz-target", signature_a));
  ASSERT_TRUE(request.parse());
  EXPECT_EQ(request.parse()->timestamp, "20260101T000000Z");
  EXPECT_EQ(request.admit(), "invalid_signature");
}

TEST(sigv4, signs_what_it_admits) {
  owned_request request;
  request.path = "/a b/%20";
  request.query = "z=1&a=&b";
  request.headers = {{"Host", "localhost:1"}, {"X-Amz-Target", "RekognitionService.ListFaces"}, {"X-More", "a   b"}};
  request.now += std::chrono::milliseconds{999};
  const auto made = request.with([](const signed_request& r) {
    return sign(r, {"KEY", std::string{secret}, "eu-central-1"});
  });
  request.set("X-Amz-Date", made.amz_date);
  request.set("Authorization", made.authorization);
  EXPECT_EQ(request.admit(), "");
  request.query = "a=&b=&z=1";
  EXPECT_EQ(request.admit(), "") << "the query's order and empty values are canonical";
  request.query = "a=&b=&z=2";
  EXPECT_EQ(request.admit(), "invalid_signature");
}

TEST(sigv4, signs_as_boto3_does) {
  auto request = vector_a();
  request.drop("User-Agent");
  const auto made = request.with([](const signed_request& r) {
    return sign(r, {"AKIDEXAMPLE", std::string{secret}, "us-east-1"});
  });
  EXPECT_EQ(made.amz_date, "20260101T000000Z");
  EXPECT_EQ(made.authorization, authorization_text(credential, headers_a, signature_a));
}

} // namespace
} // namespace rollcall::front
